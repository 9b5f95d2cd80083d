import type { Activation, VarianceConvention } from "@batchnorm/core";
import { blend, type Expected, expectedOf } from "./expected.js";
import type { Geometry } from "./geometry.js";
import { largestByGroup } from "./groupSum.js";
import {
  type BatchStatistics,
  batchNormaliser,
  batchStatistics,
  type Normaliser,
  normalised,
  storedNormaliser,
} from "./statistics.js";

/** What every forward reads: the values that are in the tensors, in logical order. */
export interface ForwardInputs {
  readonly geometry: Geometry;
  readonly x: Float64Array;
  readonly z: Float64Array | null;
  readonly scale: Float64Array;
  readonly bias: Float64Array;
  /** What y held before the call. */
  readonly yBefore: Float64Array;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly alpha: number;
  readonly beta: number;
  /** Relative error that the mean may have; see `meanError` in `compare/tolerance.ts`. */
  readonly meanError: number;
}

export interface RunningValues {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export interface TrainingInputs extends ForwardInputs {
  readonly averagingFactor: number;
  readonly convention: VarianceConvention;
  readonly running: RunningValues;
}

export interface TrainingResult {
  readonly y: Expected;
  readonly savedMean: Expected;
  readonly savedInvVariance: Expected;
  readonly runningMean: Expected;
  readonly runningVariance: Expected;
}

export function forwardTraining(inputs: TrainingInputs): TrainingResult {
  const statistics = batchStatistics(inputs.x, inputs.geometry);
  const normaliser = batchNormaliser(statistics, inputs.epsilon);
  return {
    y: forwardValues(inputs, normaliser),
    savedMean: expectedOf(inputs.geometry.groups, (g) => ({
      value: statistics.mean[g],
      magnitude: statistics.meanMagnitude[g],
      slack: 0,
    })),
    savedInvVariance: expectedOf(inputs.geometry.groups, (g) => ({
      value: normaliser.invStd[g],
      magnitude: normaliser.invStd[g],
      slack:
        normaliser.invStd[g] *
        varianceError(meanShift(inputs, normaliser, g) * normaliser.invStd[g], 1),
    })),
    runningMean: averagedMean(inputs, statistics),
    runningVariance: averagedVariance(inputs, statistics),
  };
}

export function forwardInference(inputs: ForwardInputs, running: RunningValues): Expected {
  const normaliser = storedNormaliser(running.mean, running.variance, inputs.epsilon);
  return forwardValues(inputs, normaliser);
}

/**
 * Error that a variance may have where the mean may be off by `shift`. The square comes from deviations
 * around it; and sums of values far from 0 lose digits: cuDNN and PyTorch were seen to lose up to a
 * 30th of `shift · std`.
 */
function varianceError(shift: number, std: number): number {
  return shift * shift + (shift * std) / 20;
}

/** How far the mean of a group may be off. */
function meanShift({ meanError }: ForwardInputs, { mean }: Normaliser, group: number): number {
  return meanError * Math.abs(mean[group]);
}

function forwardValues(inputs: ForwardInputs, normaliser: Normaliser): Expected {
  const { geometry, x, z, scale, bias, yBefore, activation, alpha, beta } = inputs;
  const { groupOf } = geometry;
  const scaled = (i: number, g: number) => normalised(normaliser, x[i], g) * scale[g];
  const plain = (i: number, g: number) => scaled(i, g) + bias[g] + (z === null ? 0 : z[i]);
  const largest = largestByGroup(geometry, (i, g) =>
    Math.max(
      finite(plain(i, g)),
      finite(scaled(i, g)),
      finite(bias[g]),
      z === null ? 0 : finite(z[i]),
    ),
  );
  return expectedOf(x.length, (i) => {
    const g = groupOf[i];
    const shift = meanShift(inputs, normaliser, g) * normaliser.invStd[g];
    const result = {
      value: activation === "relu" ? relu(plain(i, g)) : plain(i, g),
      magnitude: largest[g],
      slack: Math.abs(scale[g]) * shift * (1 + shift * Math.abs(normalised(normaliser, x[i], g))),
    };
    return blend(result, alpha, beta, yBefore[i]);
  });
}

/** NaN passes. */
function relu(value: number): number {
  return Math.max(value, 0);
}

/** |value|, or 0 for what can be no scale of an error. */
function finite(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0;
}

function averagedMean(inputs: TrainingInputs, statistics: BatchStatistics): Expected {
  const { averagingFactor: factor, running } = inputs;
  return expectedOf(inputs.geometry.groups, (g) => ({
    value: average(factor, running.mean[g], statistics.mean[g]),
    magnitude: average(factor, Math.abs(running.mean[g]), statistics.meanMagnitude[g]),
    slack: 0,
  }));
}

function averagedVariance(inputs: TrainingInputs, statistics: BatchStatistics): Expected {
  const { averagingFactor: factor, running, convention, meanError } = inputs;
  const m = inputs.geometry.valuesPerGroup;
  const correction = convention === "unbiased" ? m / (m - 1) : 1;
  return expectedOf(inputs.geometry.groups, (g) => {
    const value = average(factor, running.variance[g], statistics.variance[g] * correction);
    const std = Math.sqrt(statistics.variance[g]);
    const shift = meanError * Math.abs(statistics.mean[g]);
    const slack = factor * correction * varianceError(shift, std);
    return { value, magnitude: Math.abs(value), slack };
  });
}

/** A factor of 1 overwrites, so that an old NaN is gone; a factor of 0 keeps the old value. */
function average(factor: number, old: number, current: number): number {
  if (factor === 1) return current;
  return factor === 0 ? old : (1 - factor) * old + factor * current;
}
