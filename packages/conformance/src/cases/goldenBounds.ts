import type { AccuracyClass } from "@batchnorm/core";
import { meanError } from "../compare/tolerance.js";
import type { Golden } from "../goldens/load.js";
import { type BackwardInputs, type BackwardResult, backward } from "../oracle/backward.js";
import type { Expected } from "../oracle/expected.js";
import {
  type ForwardInputs,
  forwardInference,
  forwardTraining,
  type TrainingResult,
} from "../oracle/forward.js";
import { geometryOf } from "../oracle/geometry.js";
import { batchNormaliser, batchStatistics } from "../oracle/statistics.js";

/** What the oracle says of a golden: its magnitudes bound the error against PyTorch's numbers. */
export interface GoldenBounds extends TrainingResult, Omit<BackwardResult, "dz"> {
  readonly yInference: Expected;
}

export function boundsOf(
  golden: Golden,
  dataType: "float32" | "float64",
  accuracy: AccuracyClass,
): GoldenBounds {
  const forward = forwardInputs(golden, meanError(dataType, accuracy));
  const running = {
    mean: Float64Array.from(golden.runningMean0),
    variance: Float64Array.from(golden.runningVariance0),
  };
  const { averagingFactor, epsilon } = golden;
  const statistics = batchStatistics(forward.x, forward.geometry);
  return {
    ...forwardTraining({ ...forward, averagingFactor, convention: "unbiased", running }),
    ...backward(backwardInputs(golden, forward), batchNormaliser(statistics, epsilon)),
    yInference: forwardInference(forward, running),
  };
}

function forwardInputs(golden: Golden, permittedMeanError: number): ForwardInputs {
  const x = Float64Array.from(golden.x);
  return {
    geometry: geometryOf("spatial", golden.dims),
    x,
    z: null,
    scale: Float64Array.from(golden.scale),
    bias: Float64Array.from(golden.bias),
    yBefore: x,
    activation: "identity",
    epsilon: golden.epsilon,
    alpha: 1,
    beta: 0,
    meanError: permittedMeanError,
  };
}

function backwardInputs(golden: Golden, forward: ForwardInputs): BackwardInputs {
  return {
    ...forward,
    dy: Float64Array.from(golden.dy),
    y: null,
    alphaData: 1,
    betaData: 0,
    alphaParam: 1,
    betaParam: 0,
    dxBefore: forward.x,
    dScaleBefore: forward.scale,
    dBiasBefore: forward.bias,
  };
}
