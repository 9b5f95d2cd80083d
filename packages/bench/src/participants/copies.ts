import { compileDriver } from "./compile.ts";
import { nodeChild } from "./nodeChild.ts";
import type { ParticipantPlan } from "./participant.ts";

/** The copy that kernels in WebAssembly could reach: it has no non-temporal stores. */
export const STORES = "copy, wasm stores";

/** Whichever of the first two is quicker for a tensor is the copy that fractions refer to. */
export function copyPlans(threads: number): ParticipantPlan[] {
  return [
    {
      name: "copy, C memcpy",
      role: "copy",
      prepare() {
        const compiled = compileDriver("copy", ["-pthread"]);
        if ("program" in compiled) return { command: compiled.program, args: [String(threads)] };
        return { absent: compiled.failure, install: "apt-get install g++" };
      },
    },
    {
      name: "copy, wasm memory.copy",
      role: "copy",
      prepare: () => nodeChild("copy", ["bulk", String(threads)]),
    },
    {
      name: STORES,
      role: "copy",
      prepare: () => nodeChild("copy", ["stores", String(threads)]),
    },
  ];
}
