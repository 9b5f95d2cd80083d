import type { Activation } from "@batchnorm/core";
import { blend, type Expected, expectedOf } from "./expected.js";
import type { RunningValues } from "./forward.js";
import type { Geometry } from "./geometry.js";
import { sumByGroup } from "./groupSum.js";
import { type Normaliser, normalised, storedNormaliser } from "./statistics.js";

/** What every backward reads: the values that are in the tensors, in logical order. */
export interface BackwardInputs {
  readonly geometry: Geometry;
  readonly x: Float64Array;
  readonly dy: Float64Array;
  /** The stored output of the forward; needed with `relu`. */
  readonly y: Float64Array | null;
  readonly scale: Float64Array;
  readonly activation: Activation;
  readonly alphaData: number;
  readonly betaData: number;
  readonly alphaParam: number;
  readonly betaParam: number;
  readonly dxBefore: Float64Array;
  readonly dScaleBefore: Float64Array;
  readonly dBiasBefore: Float64Array;
  readonly meanError: number;
}

export interface BackwardResult {
  readonly dx: Expected;
  readonly dScale: Expected;
  readonly dBias: Expected;
  /** dy after the mask, to the bit. */
  readonly dz: Float64Array;
}

interface Sums {
  readonly gradient: Float64Array;
  readonly product: Float64Array;
  readonly gradientMagnitude: Float64Array;
  readonly productMagnitude: Float64Array;
}

/** Gradients through batch statistics. `normaliser` holds those of x, or saved ones. */
export function backward(inputs: BackwardInputs, normaliser: Normaliser): BackwardResult {
  const { geometry, x, scale, alphaData, betaData, dxBefore, meanError } = inputs;
  const m = geometry.valuesPerGroup;
  const dz = maskedGradient(inputs);
  const sums = gradientSums(inputs, normaliser, dz);
  const dx = expectedOf(x.length, (i) => {
    const g = geometry.groupOf[i];
    const factor = scale[g] * normaliser.invStd[g];
    const xHat = normalised(normaliser, x[i], g);
    const shift = meanError * Math.abs(normaliser.mean[g]) * normaliser.invStd[g];
    const meanGradient = sums.gradientMagnitude[g] / m;
    const meanProduct = sums.productMagnitude[g] / m;
    const value = factor * (dz[i] - sums.gradient[g] / m - (xHat * sums.product[g]) / m);
    const magnitude = Math.abs(dz[i]) + meanGradient + Math.abs(xHat) * meanProduct;
    const moved = meanProduct + (Math.abs(xHat) + shift) * meanGradient + shift * magnitude;
    const result = {
      value,
      magnitude: Math.abs(factor) * magnitude,
      slack: Math.abs(factor) * shift * moved,
    };
    return blend(result, alphaData, betaData, dxBefore[i]);
  });
  return { dx, dz, ...parameterGradients(inputs, normaliser, sums) };
}

/** Gradients through fixed statistics: the mean and the variance do not depend on x. */
export function backwardInference(
  inputs: BackwardInputs,
  running: RunningValues,
  epsilon: number,
): BackwardResult {
  const { geometry, x, scale, alphaData, betaData, dxBefore } = inputs;
  const normaliser = storedNormaliser(running.mean, running.variance, epsilon);
  const dz = maskedGradient(inputs);
  const sums = gradientSums(inputs, normaliser, dz);
  const dx = expectedOf(x.length, (i) => {
    const g = geometry.groupOf[i];
    const value = scale[g] * normaliser.invStd[g] * dz[i];
    const result = { value, magnitude: Math.abs(value), slack: 0 };
    return blend(result, alphaData, betaData, dxBefore[i]);
  });
  return { dx, dz, ...parameterGradients(inputs, normaliser, sums) };
}

/** dy counts where y is not ≤ 0, so that NaN in y passes. */
function maskedGradient({ dy, y, activation }: BackwardInputs): Float64Array {
  if (activation === "identity") return dy;
  if (y === null) throw new Error("the gradient of relu needs the stored y");
  return dy.map((value, index) => (y[index] <= 0 ? 0 : value));
}

function gradientSums(
  { geometry, x }: BackwardInputs,
  normaliser: Normaliser,
  dz: Float64Array,
): Sums {
  const product = (i: number, g: number) => dz[i] * normalised(normaliser, x[i], g);
  return {
    gradient: sumByGroup(geometry, (i) => dz[i]),
    product: sumByGroup(geometry, product),
    gradientMagnitude: sumByGroup(geometry, (i) => Math.abs(dz[i])),
    productMagnitude: sumByGroup(geometry, (i, g) => Math.abs(product(i, g))),
  };
}

function parameterGradients(
  { geometry, alphaParam, betaParam, dScaleBefore, dBiasBefore, meanError }: BackwardInputs,
  { mean, invStd }: Normaliser,
  sums: Sums,
): Pick<BackwardResult, "dScale" | "dBias"> {
  const dScale = expectedOf(geometry.groups, (g) => {
    const shift = meanError * Math.abs(mean[g]) * invStd[g];
    const slack = shift * (sums.gradientMagnitude[g] + shift * sums.productMagnitude[g]);
    const result = { value: sums.product[g], magnitude: sums.productMagnitude[g], slack };
    return blend(result, alphaParam, betaParam, dScaleBefore[g]);
  });
  const dBias = expectedOf(geometry.groups, (g) => {
    const result = { value: sums.gradient[g], magnitude: sums.gradientMagnitude[g], slack: 0 };
    return blend(result, alphaParam, betaParam, dBiasBefore[g]);
  });
  return { dScale, dBias };
}
