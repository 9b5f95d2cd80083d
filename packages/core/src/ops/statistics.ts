import type { DeviceMemory } from "../contract/device.js";
import type { RunningMemory, SavedMemory } from "../contract/plan.js";
import type { Handler } from "../handler/handler.js";
import { bytesOf } from "../tensor/hostValues.js";
import type { Tensor, TensorOwner } from "../tensor/tensor.js";
import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";
import type { VarianceConvention } from "../vocabulary/activation.js";
import { hostArray, type StatisticsDataType } from "../vocabulary/dataType.js";
import { disposeSymbol } from "../vocabulary/dispose.js";

type Parameters = TensorDescriptor<StatisticsDataType>;
/** A tensor of a statistic: float32, or float64 for float64 layers. */
export type StatisticsTensor = Tensor<StatisticsDataType>;

/** Running mean and variance of an ops: fresh ones are mean 0 and variance 1. */
export class RunningStatistics {
  readonly mean: StatisticsTensor;
  readonly variance: StatisticsTensor;
  readonly memory: RunningMemory<DeviceMemory>;

  constructor(
    handler: Handler,
    parameters: Parameters,
    convention: VarianceConvention,
    owner: TensorOwner,
  ) {
    const ones = hostArray(parameters.dataType, parameters.storageLength).fill(1);
    const [mean, variance] = allocateAll(handler, parameters, owner, [null, bytesOf(ones)]);
    this.mean = mean;
    this.variance = variance;
    this.memory = { mean: mean.memory, variance: variance.memory, convention };
  }

  release(): void {
    this.mean.release();
    this.variance.release();
  }
}

/**
 * What one forward leaves for its backward: mean, inverse standard deviation, and what they belong
 * to. Made by `Ops.createSaved`; the ops disposes it.
 */
export class SavedStatistics implements TensorOwner {
  readonly label = "saved statistics";
  readonly mean: StatisticsTensor;
  /** 1/sqrt(variance + epsilon), as cuDNN names it. */
  readonly invVariance: StatisticsTensor;
  /** @internal Low words of the mean; null for float64. */
  readonly meanLow: StatisticsTensor | null;
  /** @internal */ readonly memory: SavedMemory<DeviceMemory>;
  #source: SavedSource | null = null;

  /** @internal Use `Ops.createSaved`. */
  constructor(handler: Handler, parameters: Parameters) {
    const words = parameters.dataType === "float64" ? 2 : 3;
    const fresh = new Array<null>(words).fill(null);
    const [mean, invVariance, meanLow = null] = allocateAll(handler, parameters, this, fresh);
    this.mean = mean;
    this.invVariance = invVariance;
    this.meanLow = meanLow;
    this.memory = {
      mean: mean.memory,
      invVariance: invVariance.memory,
      meanLow: meanLow === null ? null : meanLow.memory,
      reserve: null,
    };
  }

  /** The forward these come from; null before the first. */
  get source(): SavedSource | null {
    return this.#source;
  }

  /** @internal */
  set(epsilon: number | null, descriptor: TensorDescriptor | null): void {
    if (this.#source?.epsilon === epsilon && this.#source.descriptor === descriptor) return;
    this.#source = Object.freeze({ epsilon, descriptor });
  }

  get disposed(): boolean {
    return this.mean.disposed;
  }

  dispose(): void {
    if (this.disposed) return;
    this.#dropReserve();
    this.mean.release();
    this.invVariance.release();
    this.meanLow?.release();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal What the user wrote is of no forward: nothing else is left of one, and no low word. */
  onWrite(tensor: Tensor): void {
    this.#dropReserve();
    if (tensor !== this.mean || this.meanLow === null) return;
    const { memory, descriptor, handler } = this.meanLow;
    handler.device.initialize(memory, new Uint8Array(descriptor.byteLength));
  }

  #dropReserve(): void {
    this.memory.reserve?.dispose();
    this.memory.reserve = null;
  }
}

/** What saved statistics belong to; null where a restored layer does not know. */
export interface SavedSource {
  readonly epsilon: number | null;
  readonly descriptor: TensorDescriptor | null;
}

/** All tensors, or none if one cannot be had. */
function allocateAll(
  handler: Handler,
  parameters: Parameters,
  owner: TensorOwner,
  contents: readonly (Uint8Array | null)[],
): StatisticsTensor[] {
  const tensors: StatisticsTensor[] = [];
  try {
    for (const bytes of contents) tensors.push(handler.allocate(parameters, bytes, owner));
  } catch (error) {
    for (const tensor of tensors) tensor.release();
    throw error;
  }
  return tensors;
}
