import { Call, columnSize, parameterIndex } from "../call";
import { storeMean } from "./forward";
import { mergedMean, mergedSum, mergedVariance } from "./merge";
import { loadColumn, storeColumn } from "./workspace";

// `slope` holds invStd between preparing and finishing a backward.

/** The saved statistics → mean and invStd by column. */
export function prepareFromSaved<T>(call: Call, c0: u32, c1: u32): void {
  for (let column = c0; column < c1; column++) {
    const at = parameterIndex(call, column);
    storeColumn<T>(call.mean, column, loadColumn<T>(call.savedMean, at));
    storeColumn<T>(call.low, column, call.savedLow ? loadColumn<T>(call.savedLow, at) : 0);
    storeColumn<T>(call.slope, column, loadColumn<T>(call.savedInvStd, at));
  }
}

/** The statistics of x, computed again → mean and invStd by column. */
export function prepareFromBatch<T>(call: Call, c0: u32, c1: u32): void {
  for (let column = c0; column < c1; column++) {
    const mean = mergedMean(call, column);
    const variance = mergedVariance<T>(call, column, mean);
    storeMean<T>(call.mean, call.low, column, mean);
    storeColumn<T>(call.slope, column, 1 / sqrt(variance + call.epsilon));
  }
}

/** The running statistics → mean and invStd by column. */
export function prepareFromRunning<T>(call: Call, c0: u32, c1: u32): void {
  for (let column = c0; column < c1; column++) {
    const at = parameterIndex(call, column);
    const variance = loadColumn<T>(call.runningVariance, at);
    storeMean<T>(call.mean, call.low, column, loadColumn<T>(call.runningMean, at));
    storeColumn<T>(call.slope, column, 1 / sqrt(variance + call.epsilon));
  }
}

/** Sums over the chunks → dScale, dBias and the coefficients of dx. */
export function finishBackward<T>(call: Call, c0: u32, c1: u32, fixed: bool): void {
  const m = <f64>columnSize(call);
  for (let column = c0; column < c1; column++) {
    const at = parameterIndex(call, column);
    const invStd = loadColumn<T>(call.slope, column);
    const sum = mergedSum(call, column, 0);
    const low = loadColumn<T>(call.low, column);
    const product = mergedSum(call, column, 8) - low * invStd * sum;
    const factor = call.alpha * loadColumn<T>(call.scale, at) * invStd;
    const slope = fixed ? 0 : (-invStd * product) / m;
    blendParameter<T>(call, call.dBias, at, sum);
    blendParameter<T>(call, call.dScale, at, product);
    storeColumn<T>(call.factor, column, factor);
    storeColumn<T>(call.slope, column, slope);
    storeColumn<T>(call.offset, column, fixed ? 0 : -sum / m - slope * low);
  }
}

// @ts-ignore: decorator
@inline
function blendParameter<T>(call: Call, array: usize, at: u32, value: f64): void {
  let blended = call.alphaParam * value;
  if (call.betaParam != 0) blended += call.betaParam * loadColumn<T>(array, at);
  storeColumn<T>(array, at, blended);
}
