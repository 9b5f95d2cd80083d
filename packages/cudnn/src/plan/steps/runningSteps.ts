import type { ForwardTrainingCall, RunningMemory } from "@batchnorm/core";
import type { CudnnMemory } from "../../device/cudnnMemory.js";
import type { NativePlan } from "../../native/addon.js";
import type { PlanContext } from "../planContext.js";
import { clear, scaleParameter } from "./moves.js";

type Training = ForwardTrainingCall<CudnnMemory>;
type Running = RunningMemory<CudnnMemory>;

/**
 * The running statistics that cuDNN is to update. With a factor of 0 and the biased convention none:
 * converting there and back could change their last bit.
 */
export function runningFor({ running, averagingFactor }: Training): Running | null {
  if (running === null) return null;
  return averagingFactor === 0 && running.convention === "biased" ? null : running;
}

/** Something must be done to the running statistics before cuDNN updates them. */
export function preparesRunning(running: Running | null, averagingFactor: number): boolean {
  return running !== null && (averagingFactor === 1 || running.convention === "biased");
}

/**
 * cuDNN multiplies the old values by 1 − averagingFactor, and 0 · NaN is NaN: what is overwritten is
 * cleared first. Its variance is unbiased: a biased one is converted, here and back afterwards.
 */
export function prepareRunning(
  context: PlanContext,
  plan: NativePlan,
  { mean, variance, convention }: Running,
  averagingFactor: number,
): void {
  if (averagingFactor === 1) {
    clear(context, plan, mean);
    clear(context, plan, variance);
  } else if (convention === "biased") {
    const m = context.valuesPerStatistic;
    scaleParameter(context, plan, variance, m / (m - 1));
  }
}

export function finishRunning(
  context: PlanContext,
  plan: NativePlan,
  { variance, convention }: Running,
): void {
  const m = context.valuesPerStatistic;
  if (convention === "biased") scaleParameter(context, plan, variance, (m - 1) / m);
}
