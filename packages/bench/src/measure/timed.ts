import type { Operation } from "../operations.ts";
import type { Running } from "../participants/start.ts";

/** How one participant's samples of one operation are taken. */
export interface Timed {
  readonly running: Running;
  readonly op: Operation | "copy";
  /** Calls in one sample; the same in every round. */
  readonly iterations: number;
  /** Untimed calls before each sample: another process had the caches in between. */
  readonly warm: number;
  readonly rounds: number;
  /** Nanoseconds of one call. */
  readonly samples: number[];
  failure: string | null;
}

const MAX_ITERATIONS = 10_000;
const SLOW_NANOSECONDS = 200e6;

/** Samples of what takes over 200 ms a call: more would take long and say the same. */
export const SLOW_ROUNDS = 5;

/** Warms up and chooses the number of calls so that a sample takes about `target` nanoseconds. */
export async function calibrate(
  running: Running,
  op: Operation | "copy",
  rounds: number,
  target: number,
): Promise<Timed> {
  const first = await sample(running, op, 1, 0);
  const guess = callsIn(target, first);
  // The second look is at compiled code.
  const nanoseconds = first > target ? first : await sample(running, op, guess, 0);
  const slow = nanoseconds > SLOW_NANOSECONDS;
  return {
    running,
    op,
    iterations: callsIn(target, nanoseconds),
    // What takes this long neither gains from a warm-up nor changes between samples.
    warm: slow ? 0 : 1,
    rounds: slow ? Math.min(rounds, SLOW_ROUNDS) : rounds,
    samples: [],
    failure: null,
  };
}

/** Takes one sample, or notes why there will be no more. */
export async function takeSample(timed: Timed): Promise<void> {
  const { running, op, iterations, warm, samples } = timed;
  try {
    samples.push(await sample(running, op, iterations, warm));
  } catch (error) {
    timed.failure = (error as Error).message;
  }
}

async function sample({ child }: Running, op: Timed["op"], iterations: number, warm: number) {
  const total = await child.request<number>({ do: "time", op, iterations, warm });
  return total / iterations;
}

function callsIn(target: number, nanoseconds: number): number {
  return Math.min(MAX_ITERATIONS, Math.max(1, Math.round(target / nanoseconds)));
}
