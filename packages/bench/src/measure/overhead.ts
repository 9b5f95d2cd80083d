import type { BenchCase } from "../cases/benchCase.ts";
import { EPSILON, makeInputs } from "../cases/inputs.ts";
import type { ParticipantPlan } from "../participants/participant.ts";
import { start } from "../participants/start.ts";
import type { LoadAnswer } from "../protocol/messages.ts";
import type { Overhead } from "../report/results.ts";
import { median } from "./statistics.ts";

const TINY: BenchCase = { shape: [4, 2], format: "NCHW", dataType: "float32" };
const SAMPLES = 5;

/** Training calls on 8 values: what a call costs beside its arithmetic. Each in a fresh process. */
export async function measureOverhead(
  plans: readonly ParticipantPlan[],
  folder: string,
  calls: number,
): Promise<Overhead[]> {
  makeInputs(TINY, folder);
  const found: Overhead[] = [];
  for (const plan of plans) {
    const one = await overheadOf(plan, folder, calls);
    if (one !== null) found.push(one);
  }
  return found;
}

/** null: it is not here, or does not train. */
async function overheadOf(
  plan: ParticipantPlan,
  folder: string,
  calls: number,
): Promise<Overhead | null> {
  const running = await start(plan);
  if ("absent" in running) return null;
  const { child, name, role } = running;
  try {
    const { shape: dims, format, dataType } = TINY;
    const message = { do: "load", folder, dims, format, dataType, epsilon: EPSILON } as const;
    const { operations } = await child.request<LoadAnswer>(message);
    if (!operations.includes("training")) return null;
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const time = { do: "time", op: "training", iterations: calls, warm: calls } as const;
      samples.push((await child.request<number>(time)) / calls / 1000);
    }
    const heap =
      role === "backend" ? await child.request<number>({ do: "heap", iterations: calls }) : null;
    return {
      participant: name,
      calls,
      microsecondsPerCall: median(samples),
      heapBytesPerCall: heap,
    };
  } finally {
    child.close();
  }
}
