import { SLOT } from "../native/callRecord.js";
import type { Fill, Workspace } from "./family.js";

/** GradientsWork.flags: the spread of a parameter is its variance, else its inverse deviation. */
const SPREAD_IS_VARIANCE = 1 << 16;

/** y from x and the running statistics. */
export const inference: Fill = (params, at) =>
  params.take(
    { ...FORWARD, mean: SLOT.runningMean, spread: SLOT.runningVariance, epsilon: SLOT.epsilon },
    at,
  );

/** y from x and the statistics of the batch. */
export const applyForward: Fill = (params, at) =>
  params.take({ ...FORWARD, ...SAVED, spread: SLOT.savedInvVariance }, at);

/** Sums over the gradients of a training forward, and dz. */
export const trainingSums =
  ({ parts }: Workspace, parameters: number): Fill =>
  (params, at) =>
    params
      .set({ parts, parameters }, at)
      .take({ ...GRADIENT, dz: SLOT.dz, ...SAVED, spread: SLOT.savedInvVariance }, at);

/** Sums over the gradients of a forward with the running statistics, dz and dx. */
export const fixedSums =
  ({ parts }: Workspace, parameters: number): Fill =>
  (params, at) =>
    params
      .set({ parts, parameters, flags: SPREAD_IS_VARIANCE }, at)
      .take({ ...GRADIENT, dz: SLOT.dz, ...DX, mean: SLOT.runningMean }, at)
      .take({ scale: SLOT.scale, spread: SLOT.runningVariance, epsilon: SLOT.epsilon }, at);

/** dx from what the sums left. */
export const propagate =
  ({ meanGradient, meanProjection }: Workspace): Fill =>
  (params, at) =>
    params
      .set({ meanGradient, meanProjection }, at)
      .take({ ...GRADIENT, ...DX, ...SAVED, scale: SLOT.scale }, at)
      .take({ invDeviation: SLOT.savedInvVariance }, at);

/** Statistics of a batch: to the saved ones, and into the running ones. */
export const statistics: Fill = (params, at) =>
  params.take(
    {
      ...SAVED,
      invDeviation: SLOT.savedInvVariance,
      runningMean: SLOT.runningMean,
      runningVariance: SLOT.runningVariance,
      epsilon: SLOT.epsilon,
      averagingFactor: SLOT.averagingFactor,
      flags: SLOT.flags,
    },
    at,
  );

/** The gradients of scale and bias. */
export const parameterGradients: Fill = (params, at) =>
  params.take(
    { dScale: SLOT.dScale, dBias: SLOT.dBias, alpha: SLOT.alphaParam, beta: SLOT.betaParam },
    at,
  );

const FORWARD = {
  ...{ x: SLOT.x, z: SLOT.z, y: SLOT.y, scale: SLOT.scale, bias: SLOT.bias },
  ...{ alpha: SLOT.alpha, beta: SLOT.beta, flags: SLOT.flags },
};
const SAVED = { mean: SLOT.savedMean, meanLow: SLOT.savedMeanLow };
const GRADIENT = { x: SLOT.x, dy: SLOT.dy, y: SLOT.y };
const DX = { dx: SLOT.dx, alpha: SLOT.alpha, beta: SLOT.beta };
