import type { StatisticsDataType, TensorSpec } from "@batchnorm/core";
import { expectClose } from "../compare/expectClose.js";
import { expectEqual } from "../compare/expectSame.js";
import {
  type BackwardInputs,
  type BackwardResult,
  backward,
  backwardInference,
} from "../oracle/backward.js";
import type { Normaliser } from "../oracle/statistics.js";
import { type Held, hold, holdParameter, type Layer, meanErrorOf, runningOf } from "./layer.js";
import { valuesOf } from "./tensors.js";
import type { Trained } from "./train.js";

/** Arguments of a backward, as values in logical order. */
export interface GradientSetup {
  readonly dy: ArrayLike<number>;
  readonly epsilon?: number | undefined;
  readonly alphaData?: number | undefined;
  readonly betaData?: number | undefined;
  readonly alphaParam?: number | undefined;
  readonly betaParam?: number | undefined;
  /** What the destinations hold before the call. Default: NaN, which beta 0 must not read. */
  readonly dxBefore?: ArrayLike<number> | undefined;
  readonly dScaleBefore?: ArrayLike<number> | undefined;
  readonly dBiasBefore?: ArrayLike<number> | undefined;
  /** Ask for the gradient of z. */
  readonly withDz?: boolean | undefined;
  /** dx is dy. */
  readonly inPlace?: boolean | undefined;
  /** Statistics to expect instead of those of x. */
  readonly normaliser?: Normaliser | undefined;
}

/** What a backward reads of its forward. */
export type ForwardTensors = Pick<Trained, "spec" | "geometry" | "x" | "y" | "activation">;

interface GradientTensors {
  readonly dy: Held;
  readonly dx: Held;
  readonly dz: Held | null;
  readonly dScale: Held<StatisticsDataType>;
  readonly dBias: Held<StatisticsDataType>;
}

/** Runs backward and compares all gradients with the oracle. */
export async function expectBackward(
  layer: Layer,
  trained: Trained,
  setup: GradientSetup,
): Promise<GradientTensors> {
  const tensors = holdGradients(layer, trained.spec, setup);
  layer.ops.backward({
    ...callArguments(layer, trained, setup, tensors),
    epsilon: setup.epsilon,
    saved: trained.saved,
  });
  const inputs = oracleInputs(layer, trained, setup, tensors);
  const expected = backward(inputs, setup.normaliser ?? trained.normaliser);
  await expectGradients(layer, trained.spec, tensors, expected);
  return tensors;
}

/** Runs backwardInference and compares all gradients with the oracle. */
export async function expectBackwardInference(
  layer: Layer,
  forward: ForwardTensors,
  setup: GradientSetup,
): Promise<void> {
  const { epsilon = 1e-5 } = setup;
  const running = await runningOf(layer);
  const tensors = holdGradients(layer, forward.spec, setup);
  layer.ops.backwardInference({ ...callArguments(layer, forward, setup, tensors), epsilon });
  const inputs = oracleInputs(layer, forward, setup, tensors);
  await expectGradients(layer, forward.spec, tensors, backwardInference(inputs, running, epsilon));
}

function holdGradients(
  { handler, ops }: Layer,
  spec: TensorSpec,
  setup: GradientSetup,
): GradientTensors {
  const { elementCount } = ops.scaleBiasDescriptor;
  const unread = (length: number) => new Float64Array(length).fill(Number.NaN);
  const dy = hold(handler, spec, setup.dy);
  const dx =
    setup.inPlace === true ? dy : hold(handler, spec, setup.dxBefore ?? unread(dy.values.length));
  return {
    dy,
    dx,
    dz: setup.withDz === true ? hold(handler, spec, unread(dy.values.length)) : null,
    dScale: holdParameter(handler, ops, setup.dScaleBefore ?? unread(elementCount)),
    dBias: holdParameter(handler, ops, setup.dBiasBefore ?? unread(elementCount)),
  };
}

function callArguments(
  { scale, bias }: Layer,
  { x, y, activation }: ForwardTensors,
  { alphaData, betaData, alphaParam, betaParam }: GradientSetup,
  { dy, dx, dz, dScale, dBias }: GradientTensors,
) {
  const fused = activation === "relu" ? { y: y.tensor, bias: bias.tensor } : {};
  return {
    x: x.tensor,
    dy: dy.tensor,
    dx: dx.tensor,
    dz: dz?.tensor,
    scale: scale.tensor,
    dScale: dScale.tensor,
    dBias: dBias.tensor,
    activation,
    ...fused,
    alphaData,
    betaData,
    alphaParam,
    betaParam,
  };
}

function oracleInputs(
  layer: Layer,
  { spec, geometry, x, y, activation }: ForwardTensors,
  setup: GradientSetup,
  { dy, dx, dScale, dBias }: GradientTensors,
): BackwardInputs {
  const { alphaData = 1, betaData = 0, alphaParam = 1, betaParam = 0 } = setup;
  return {
    geometry,
    activation,
    alphaData,
    betaData,
    alphaParam,
    betaParam,
    x: x.values,
    dy: dy.values,
    y: y.values,
    scale: layer.scale.values,
    dxBefore: dx.values,
    dScaleBefore: dScale.values,
    dBiasBefore: dBias.values,
    meanError: meanErrorOf(layer, spec),
  };
}

async function expectGradients(
  { ops }: Layer,
  { dataType }: TensorSpec,
  { dx, dz, dScale, dBias }: GradientTensors,
  expected: BackwardResult,
): Promise<void> {
  const ofData = { dataType, kind: "gradient" } as const;
  const ofParameters = {
    dataType: ops.scaleBiasDescriptor.dataType,
    kind: "gradient",
  } as const;
  expectClose("dx", await valuesOf(dx.tensor), expected.dx, ofData);
  expectClose("dScale", await valuesOf(dScale.tensor), expected.dScale, ofParameters);
  expectClose("dBias", await valuesOf(dBias.tensor), expected.dBias, ofParameters);
  if (dz !== null) expectEqual("dz", await valuesOf(dz.tensor), expected.dz);
}
