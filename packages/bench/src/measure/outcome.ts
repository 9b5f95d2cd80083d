import type { Outcome } from "../report/results.ts";
import { median, spread } from "./statistics.ts";
import type { Timed } from "./timed.ts";

export function outcomeOf({ samples, iterations, failure }: Timed): Outcome {
  if (failure !== null) return { status: "failed", reason: failure };
  const microseconds = samples.map((nanoseconds) => nanoseconds / 1000);
  return {
    status: "timed",
    median: round(median(microseconds)),
    minimum: round(Math.min(...microseconds)),
    spread: round(spread(microseconds)),
    samples: samples.length,
    iterations,
  };
}

/** Three decimals of a microsecond: the clock knows no more. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
