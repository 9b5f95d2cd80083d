import { setTimeout as sleep } from "node:timers/promises";
import { type Timed, takeSample } from "./timed.ts";

/** Threads of the last participant may still spin for work; the next one starts after they sleep. */
const SETTLE_MILLISECONDS = 5;

/**
 * Takes the samples of all participants interleaved: each round goes through all of them once in the
 * same order, so that a slow minute of the machine hits everybody.
 */
export async function runRounds(all: readonly Timed[]): Promise<void> {
  const rounds = Math.max(0, ...all.map((timed) => timed.rounds));
  for (let round = 0; round < rounds; round++) {
    for (const timed of all) {
      if (round >= timed.rounds || timed.failure !== null) continue;
      await sleep(SETTLE_MILLISECONDS);
      await takeSample(timed);
    }
  }
}
