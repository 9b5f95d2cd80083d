import type { Activation, SavedStatistics, TensorSpec } from "@batchnorm/core";
import { expectClose } from "../compare/expectClose.js";
import { forwardTraining, type TrainingResult } from "../oracle/forward.js";
import { type Geometry, geometryOf } from "../oracle/geometry.js";
import { batchNormaliser, batchStatistics, type Normaliser } from "../oracle/statistics.js";
import { type Held, hold, type Layer, meanErrorOf, runningOf } from "./layer.js";
import { valuesOf } from "./tensors.js";

/** Arguments of a forward, as values in logical order. */
export interface ForwardSetup {
  readonly spec: TensorSpec;
  readonly x: ArrayLike<number>;
  readonly z?: ArrayLike<number> | undefined;
  /** What y holds before the call. Default: NaN, which beta 0 must not read. */
  readonly yBefore?: ArrayLike<number> | undefined;
  readonly activation?: Activation | undefined;
  readonly epsilon?: number | undefined;
  readonly alpha?: number | undefined;
  readonly beta?: number | undefined;
}

export interface TrainingSetup extends ForwardSetup {
  /** Default 0.1. */
  readonly averagingFactor?: number | undefined;
  readonly saved?: SavedStatistics | undefined;
}

/** A forward that was run, with what its backward needs. */
export interface Trained {
  readonly spec: TensorSpec;
  readonly geometry: Geometry;
  readonly x: Held;
  /** The values are those that the backend stored. */
  readonly y: Held;
  readonly activation: Activation;
  readonly saved: SavedStatistics | undefined;
  /** The exact statistics of x. */
  readonly normaliser: Normaliser;
  readonly expected: TrainingResult;
}

const DEFAULT_EPSILON = 1e-5;
const DEFAULT_FACTOR = 0.1;

/** Runs forwardTraining without looking at its result. */
export function startTraining(layer: Layer, setup: TrainingSetup) {
  const { handler, ops, scale, bias } = layer;
  const { spec, epsilon = DEFAULT_EPSILON, averagingFactor = DEFAULT_FACTOR } = setup;
  const x = hold(handler, spec, setup.x);
  const z = setup.z === undefined ? null : hold(handler, spec, setup.z);
  const y = hold(handler, spec, setup.yBefore ?? x.values.map(() => Number.NaN));
  const { activation = "identity", alpha = 1, beta = 0, saved } = setup;
  ops.forwardTraining({
    x: x.tensor,
    y: y.tensor,
    z: z?.tensor,
    scale: scale.tensor,
    bias: bias.tensor,
    activation,
    epsilon,
    alpha,
    beta,
    averagingFactor,
    saved,
  });
  return { x, y, z, epsilon, averagingFactor, activation, alpha, beta };
}

/** Runs forwardTraining and compares y, saved and running statistics with the oracle. */
export async function expectTraining(layer: Layer, setup: TrainingSetup): Promise<Trained> {
  const { ops } = layer;
  const { spec } = setup;
  const geometry = geometryOf(ops.mode, spec.dims);
  const running = ops.options.runningStatistics ? await runningOf(layer) : null;
  const { x, y, z, ...used } = startTraining(layer, setup);
  const expected = forwardTraining({
    ...used,
    geometry,
    x: x.values,
    z: z?.values ?? null,
    yBefore: y.values,
    scale: layer.scale.values,
    bias: layer.bias.values,
    convention: ops.options.runningVariance,
    running: running ?? { mean: noRunning(geometry), variance: noRunning(geometry) },
    meanError: meanErrorOf(layer, spec),
  });
  const stored = await valuesOf(y.tensor);
  expectClose("y", stored, expected.y, { dataType: spec.dataType, kind: "output" });
  await expectStatistics(layer, setup, expected);
  return {
    spec,
    geometry,
    x,
    expected,
    saved: setup.saved,
    activation: used.activation,
    y: { tensor: y.tensor, values: stored },
    normaliser: batchNormaliser(batchStatistics(x.values, geometry), used.epsilon),
  };
}

async function expectStatistics(
  layer: Layer,
  { saved }: TrainingSetup,
  expected: TrainingResult,
): Promise<void> {
  const { ops } = layer;
  const precision = { dataType: ops.scaleBiasDescriptor.dataType, kind: "statistic" } as const;
  if (ops.options.runningStatistics) {
    const { mean, variance } = await runningOf(layer);
    expectClose("runningMean", mean, expected.runningMean, precision);
    expectClose("runningVariance", variance, expected.runningVariance, precision);
  }
  if (saved === undefined && !ops.options.savedStatistics) return;
  const savedMean = saved?.mean ?? ops.savedMean;
  const savedInvVariance = saved?.invVariance ?? ops.savedInvVariance;
  expectClose("savedMean", await valuesOf(savedMean), expected.savedMean, precision);
  const inverses = await valuesOf(savedInvVariance);
  expectClose("savedInvVariance", inverses, expected.savedInvVariance, precision);
}

function noRunning({ groups }: Geometry): Float64Array {
  return new Float64Array(groups);
}
