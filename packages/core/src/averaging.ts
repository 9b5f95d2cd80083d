import { checkFraction, checkOneOf } from "./errors/check.js";

/** Systems whose momentum this project converts. */
export type MomentumConvention = "pytorch" | "cudnn" | "onnx" | "keras" | "tensorflowjs" | "flax";

/** True where momentum is the weight of the *old* value. */
const WEIGHS_OLD: Readonly<Record<MomentumConvention, boolean>> = {
  pytorch: false, // torch.nn.BatchNorm2d: new = (1 − momentum) · old + momentum · batch
  cudnn: false, // exponentialAverageFactor
  onnx: true, // BatchNormalization: running = old · momentum + batch · (1 − momentum)
  keras: true, // keras.layers.BatchNormalization: moving · momentum + batch · (1 − momentum)
  tensorflowjs: true, // tf.layers.batchNormalization, as Keras
  flax: true, // flax.linen.BatchNorm: decay of the exponential moving average
};

const CONVENTIONS = Object.keys(WEIGHS_OLD) as MomentumConvention[];

/**
 * The averagingFactor (weight of the new value) that another system writes as `momentum`.
 * @throws BatchNormError `INVALID_ARGUMENT`
 */
export function averagingFactorFromMomentum(
  convention: MomentumConvention,
  momentum: number,
): number {
  return convert("averagingFactorFromMomentum", "momentum", convention, momentum);
}

/** The inverse of {@link averagingFactorFromMomentum}. @throws BatchNormError `INVALID_ARGUMENT` */
export function momentumFromAveragingFactor(
  convention: MomentumConvention,
  averagingFactor: number,
): number {
  return convert("momentumFromAveragingFactor", "averagingFactor", convention, averagingFactor);
}

function convert(call: string, argument: string, convention: string, value: number): number {
  const system = checkOneOf(call, "convention", convention, CONVENTIONS);
  const weight = checkFraction(call, argument, value);
  return WEIGHS_OLD[system] ? 1 - weight : weight;
}
