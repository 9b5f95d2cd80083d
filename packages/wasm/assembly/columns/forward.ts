import { Call, columnSize, parameterIndex } from "../call";
import { mergedMean, mergedVariance } from "./merge";
import { loadColumn, storeColumn } from "./workspace";

/** Statistics of the batch → what is saved, the running ones, and the coefficients of y. */
export function finishForward<T>(call: Call, c0: u32, c1: u32): void {
  const m = <f64>columnSize(call);
  const correction = call.biased ? 1 : m / (m - 1);
  for (let column = c0; column < c1; column++) {
    const at = parameterIndex(call, column);
    const mean = mergedMean(call, column);
    const variance = mergedVariance<T>(call, column, mean);
    const invStd = 1 / sqrt(variance + call.epsilon);
    if (call.savedMean) {
      storeMean<T>(call.savedMean, call.savedLow, at, mean);
      storeColumn<T>(call.savedInvStd, at, invStd);
    }
    if (call.runningMean) {
      average<T>(call, call.runningMean, at, mean);
      average<T>(call, call.runningVariance, at, variance * correction);
    }
    storeCoefficients<T>(call, column, at, mean, invStd);
  }
}

/** The running statistics → the coefficients of y. */
export function prepareInference<T>(call: Call, c0: u32, c1: u32): void {
  for (let column = c0; column < c1; column++) {
    const at = parameterIndex(call, column);
    const mean = loadColumn<T>(call.runningMean, at);
    const variance = loadColumn<T>(call.runningVariance, at);
    storeCoefficients<T>(call, column, at, mean, 1 / sqrt(variance + call.epsilon));
  }
}

function storeCoefficients<T>(call: Call, column: u32, at: u32, mean: f64, invStd: f64): void {
  const factor = call.alpha * invStd * loadColumn<T>(call.scale, at);
  storeColumn<T>(call.mean, column, mean);
  storeColumn<T>(call.factor, column, factor);
  const offset = call.alpha * loadColumn<T>(call.bias, at) - lowWord<T>(mean) * factor;
  storeColumn<T>(call.offset, column, offset);
}

/** What one word of the statistics type leaves of a mean: nothing where that is float64. */
// @ts-ignore: decorator
@inline
export function lowWord<T>(mean: f64): f64 {
  return sizeof<T>() == 8 ? 0 : mean - <f64>(<f32>mean);
}

/** A mean in two words of the statistics type; float64 has no low word to save. */
// @ts-ignore: decorator
@inline
export function storeMean<T>(high: usize, low: usize, index: u32, mean: f64): void {
  storeColumn<T>(high, index, mean);
  if (low) storeColumn<T>(low, index, lowWord<T>(mean));
}

/** A factor of 1 overwrites, so that an old NaN is gone. */
// @ts-ignore: decorator
@inline
function average<T>(call: Call, running: usize, at: u32, value: f64): void {
  const factor = call.averagingFactor;
  const old = loadColumn<T>(running, at);
  storeColumn<T>(running, at, factor == 1 ? value : (1 - factor) * old + factor * value);
}
