import {
  type BatchNormMode,
  type DataType,
  type Handler,
  type Ops,
  type OpsOptions,
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
  type StatisticsDataType,
  type Tensor,
  type TensorSpec,
} from "@batchnorm/core";
import { roundAll } from "../compare/storage.js";
import { meanError } from "../compare/tolerance.js";
import type { RunningValues } from "../oracle/forward.js";
import { createRandom, type Random } from "./random.js";
import { createFilled, valuesOf } from "./tensors.js";

/** A tensor and the values it was filled with, in logical order. */
export interface Held<T extends DataType = DataType> {
  readonly tensor: Tensor<T>;
  readonly values: Float64Array;
}

/** A staged ops with scale and bias. */
export interface Layer {
  readonly handler: Handler;
  readonly ops: Ops;
  readonly scale: Held<StatisticsDataType>;
  readonly bias: Held<StatisticsDataType>;
}

export interface LayerSetup {
  readonly mode: BatchNormMode;
  /** An x that the layer will see. */
  readonly spec: TensorSpec;
  readonly options?: Partial<OpsOptions>;
  /** Default: random, of both signs. */
  readonly scale?: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly random?: Random;
}

const PRE_STAGE = {
  perActivation: preStagePerActivation,
  spatial: preStageSpatial,
  spatialPersistent: preStageSpatialPersistent,
};

export function preStage(
  handler: Handler,
  mode: BatchNormMode,
  options: Partial<OpsOptions> = {},
): Ops {
  return PRE_STAGE[mode](handler, options);
}

export function createLayer(handler: Handler, setup: LayerSetup): Layer {
  const { mode, spec, options, random = createRandom(1) } = setup;
  const ops = preStage(handler, mode, options);
  ops.stage(spec);
  return {
    handler,
    ops,
    scale: holdParameter(handler, ops, setup.scale ?? randomScale(ops, random)),
    bias: holdParameter(handler, ops, setup.bias ?? randomBias(ops, random)),
  };
}

/** A parameter tensor of the ops with these values. */
export function holdParameter(
  handler: Handler,
  ops: Ops,
  values: ArrayLike<number>,
): Held<StatisticsDataType> {
  const descriptor = ops.scaleBiasDescriptor;
  const rounded = roundAll(descriptor.dataType, values);
  return { tensor: createFilled(handler, descriptor, rounded), values: rounded };
}

/** A tensor with these values, rounded to its type first. */
export function hold(handler: Handler, spec: TensorSpec, values: ArrayLike<number>): Held {
  const rounded = roundAll(spec.dataType, values);
  return { tensor: createFilled(handler, spec, rounded), values: rounded };
}

/** The running statistics as they are now. */
export async function runningOf({ ops }: Layer): Promise<RunningValues> {
  const [mean, variance] = await Promise.all([
    valuesOf(ops.runningMean),
    valuesOf(ops.runningVariance),
  ]);
  return { mean, variance };
}

/** Relative error that this layer's mean may have. */
export function meanErrorOf({ handler }: Layer, { dataType }: TensorSpec): number {
  return meanError(dataType, handler.capabilities.accuracy);
}

/** Away from 0, so that every element matters. */
function randomScale(ops: Ops, random: Random): Float64Array {
  return new Float64Array(ops.scaleBiasDescriptor.elementCount).map(
    () => random.between(0.5, 1.5) * (random.uniform() < 0.2 ? -1 : 1),
  );
}

function randomBias(ops: Ops, random: Random): Float64Array {
  return new Float64Array(ops.scaleBiasDescriptor.elementCount).map(() => random.normal());
}
