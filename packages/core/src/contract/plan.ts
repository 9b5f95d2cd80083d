import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";
import type { Activation, VarianceConvention } from "../vocabulary/activation.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import type { DeviceMemory } from "./device.js";

/** What a plan is for: one mode and one descriptor of x, y, z, dx, dy, dz. */
export interface PlanSpec {
  readonly mode: BatchNormMode;
  readonly x: TensorDescriptor;
  /** Scale, bias, their gradients and all statistics: packed, of the statistics type. */
  readonly parameters: TensorDescriptor;
}

/**
 * Everything a backend prepares once per {@link PlanSpec}, so that a call costs almost nothing.
 *
 * Calls enqueue in order and return. Arguments are checked already: memories are alive, belong to
 * the device, fit the spec and overlap only where allowed (y with x in inference, dx with dy, inputs
 * with inputs). The call record is reused by the caller: copy what must outlive the call.
 * Each result is blended as alpha · result + beta · destination; with beta = 0 the destination is not
 * read. x may be empty in the backwards only: then the parameter gradients are 0 before blending.
 */
export interface Plan<M extends DeviceMemory = DeviceMemory> {
  /** In words: what will run and why. */
  readonly description: string;
  /** Each statistic has more than one value. */
  forwardTraining(call: ForwardTrainingCall<M>): void;
  forwardInference(call: ForwardInferenceCall<M>): void;
  backward(call: BackwardCall<M>): void;
  /** Called only if the capabilities declare it. */
  backwardInference(call: BackwardInferenceCall<M>): void;
  /** Frees what the plan holds; work already enqueued still completes. */
  dispose(): void;
}

/** Mean and variance (of the declared convention) over the batches seen. */
export interface RunningMemory<M extends DeviceMemory> {
  readonly mean: M;
  readonly variance: M;
  readonly convention: VarianceConvention;
}

/** What one forward leaves for its backward. */
export interface SavedMemory<M extends DeviceMemory> {
  readonly mean: M;
  /** mean + meanLow is the mean with more digits than its type; null for float64. Write 0 if unused. */
  readonly meanLow: M | null;
  /** 1/sqrt(variance + epsilon), variance biased. */
  readonly invVariance: M;
  /**
   * The backend's own slot for what else its forward leaves. A forward that saves here puts in what
   * its backward may use, or leaves it null; it may take over what an earlier forward left, which may
   * have been of another plan. Core disposes it with the statistics, and empties the slot when the
   * user writes one of them. Restored statistics have none: a backward must do without.
   */
  reserve: ReserveSpace | null;
}

/** Memory that a backend keeps from a forward to its backward, as cuDNN's reserve space. */
export interface ReserveSpace {
  /** Frees it; work already enqueued still completes. Called at most once. */
  dispose(): void;
}

interface ForwardCall<M extends DeviceMemory> {
  x: M;
  /** Residual, added after normalization; null for none. */
  z: M | null;
  y: M;
  scale: M;
  bias: M;
  /** `relu` comes after z, and only with alpha 1 and beta 0. */
  activation: Activation;
  epsilon: number;
  alpha: number;
  beta: number;
}

/** A forward with the statistics of its batch. */
export interface ForwardTrainingCall<M extends DeviceMemory> extends ForwardCall<M> {
  /** Weight of the new value in the running statistics; 1 overwrites, so that an old NaN is gone. */
  averagingFactor: number;
  /** null: do not keep running statistics. */
  running: RunningMemory<M> | null;
  /** null: do not save. */
  saved: SavedMemory<M> | null;
}

/** A forward with the running statistics. */
export interface ForwardInferenceCall<M extends DeviceMemory> extends ForwardCall<M> {
  running: RunningMemory<M>;
}

interface GradientCall<M extends DeviceMemory> {
  x: M;
  dy: M;
  /** The stored output of the forward: dy counts where y is not ≤ 0. Set with `relu`, else null. */
  y: M | null;
  scale: M;
  /** Set with `relu`, else possibly null. */
  bias: M | null;
  dx: M;
  /** Gradient of the residual: dy after the activation's mask, not blended; null for none. */
  dz: M | null;
  dScale: M;
  dBias: M;
  activation: Activation;
  epsilon: number;
  alphaData: number;
  betaData: number;
  alphaParam: number;
  betaParam: number;
}

/** Gradients of a training forward. */
export interface BackwardCall<M extends DeviceMemory> extends GradientCall<M> {
  /** null: compute the statistics of x again, with `epsilon`. */
  saved: SavedMemory<M> | null;
}

/** Gradients with the running statistics held fixed. */
export interface BackwardInferenceCall<M extends DeviceMemory> extends GradientCall<M> {
  running: RunningMemory<M>;
}
