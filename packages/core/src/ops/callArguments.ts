import type { InfoAveraging } from "../info/info.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Activation } from "../vocabulary/activation.js";
import type { SavedStatistics } from "./statistics.js";

/** Arguments of the forwards. x, z and y share data type, dims and strides. */
export interface ForwardArguments {
  readonly x: Tensor;
  /** Parameters have `Ops.scaleBiasDescriptor`. */
  readonly scale: Tensor;
  readonly bias: Tensor;
  readonly y: Tensor;
  /** Residual, added after normalization. With beta ≠ 0 only in `capabilities.blendedResidual`. */
  readonly z?: Tensor | undefined;
  /** Applied last. `relu` needs alpha 1 and beta 0, since its gradient comes from the stored y. */
  readonly activation?: Activation | undefined;
  /** Added to the variance inside the square root. Default 1e-5. */
  readonly epsilon?: number | undefined;
  /** y = alpha · result + beta · y. Default 1. */
  readonly alpha?: number | undefined;
  /** With 0, the default, y is not read. */
  readonly beta?: number | undefined;
}

/** Arguments of `Ops.forwardTraining`. */
export interface ForwardTrainingArguments extends ForwardArguments {
  /** Weight of the new value in the running statistics, 0 to 1; 1 overwrites them. */
  readonly averagingFactor: number;
  /** Where to save for backward; default: the ops' own. */
  readonly saved?: SavedStatistics | undefined;
}

/** y may be x. */
export type ForwardInferenceArguments = ForwardArguments;

/** Arguments of the backwards. x, y, dy, dx, dz share data type, dims and strides; dx may be dy. */
export interface BackwardInferenceArguments {
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly dy: Tensor;
  readonly dx: Tensor;
  readonly dScale: Tensor;
  readonly dBias: Tensor;
  /** That of the forward. `relu` needs `bias` and `y`. */
  readonly activation?: Activation | undefined;
  readonly bias?: Tensor | undefined;
  /** The stored output of the forward. */
  readonly y?: Tensor | undefined;
  /** Receives the gradient of z: dy after the activation's mask, not blended. */
  readonly dz?: Tensor | undefined;
  readonly epsilon?: number | undefined;
  /** dx = alphaData · result + betaData · dx. Default 1. */
  readonly alphaData?: number | undefined;
  readonly betaData?: number | undefined;
  /** dScale and dBias = alphaParam · result + betaParam · old. Default 1. */
  readonly alphaParam?: number | undefined;
  readonly betaParam?: number | undefined;
}

/** Arguments of `Ops.backward`. */
export interface BackwardArguments extends BackwardInferenceArguments {
  /** Default: the saved one; needed where nothing was saved. */
  readonly epsilon?: number | undefined;
  /** What the forward saved; default: the ops' own. */
  readonly saved?: SavedStatistics | undefined;
}

/** What to save besides the statistics. */
export interface ToInfoArguments {
  readonly scale?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  /** The averaging rule of a layer above. */
  readonly averaging?: InfoAveraging | undefined;
}
