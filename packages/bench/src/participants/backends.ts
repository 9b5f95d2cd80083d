import { type BackendSpec, backendLabel } from "../cli/backendSpec.ts";
import { nodeChild } from "./nodeChild.ts";
import type { ParticipantPlan } from "./participant.ts";

/** Room for 10,000 calls without a collection, so that the heap they take can be read off. */
const HEAP_FLAGS = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"];

export function backendPlan(spec: BackendSpec): ParticipantPlan {
  return {
    name: backendLabel(spec),
    role: "backend",
    prepare: () => nodeChild("backend", [JSON.stringify(spec)]),
  };
}

/** The same in a process whose heap can be measured. */
export function heapPlan(spec: BackendSpec): ParticipantPlan {
  return {
    ...backendPlan(spec),
    prepare: () => nodeChild("backend", [JSON.stringify(spec)], HEAP_FLAGS),
  };
}
