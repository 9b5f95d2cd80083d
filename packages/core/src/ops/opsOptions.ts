import { checkBoolean, checkOneOf, checkOptions } from "../errors/check.js";
import type { VarianceConvention } from "../vocabulary/activation.js";

/** How an ops keeps its statistics. */
export interface OpsOptions {
  /** Divisor of the running variance: m − 1 (`unbiased`, the default) or m (`biased`). */
  readonly runningVariance: VarianceConvention;
  /** False: backward computes the statistics of x again. Default true. */
  readonly savedStatistics: boolean;
  /** False: no running statistics, so no inference. Default true. */
  readonly runningStatistics: boolean;
}

export function checkOpsOptions(call: string, given: Partial<OpsOptions>): OpsOptions {
  const options = checkOptions(call, given, [
    "runningVariance",
    "savedStatistics",
    "runningStatistics",
  ]);
  const {
    runningVariance = "unbiased",
    savedStatistics = true,
    runningStatistics = true,
  } = options;
  return Object.freeze({
    runningVariance: checkOneOf<VarianceConvention>(call, "runningVariance", runningVariance, [
      "unbiased",
      "biased",
    ]),
    savedStatistics: checkBoolean(call, "savedStatistics", savedStatistics),
    runningStatistics: checkBoolean(call, "runningStatistics", runningStatistics),
  });
}
