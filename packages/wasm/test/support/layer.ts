import {
  type BatchNormMode,
  bfloat16,
  type DataType,
  float16,
  type Handler,
  type HostArray,
  hostArray,
  type Ops,
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
  type Tensor,
  type TensorSpec,
} from "@batchnorm/core";
import { randomOf } from "../../../../tooling/testing/random.ts";
import { sameBits } from "./bits.ts";

const PRE_STAGE = {
  perActivation: preStagePerActivation,
  spatial: preStageSpatial,
  spatialPersistent: preStageSpatialPersistent,
};

export interface LayerSpec {
  readonly mode?: BatchNormMode;
  readonly spec: TensorSpec;
}

export type TensorName = "x" | "y" | "z" | "dy" | "dx" | "dz";
export type ParameterName = "scale" | "bias" | "dScale" | "dBias";
export type LayerTensors = Record<TensorName | ParameterName, Tensor>;

export interface Layer extends LayerTensors {
  readonly ops: Ops;
  dispose(): void;
}

const DATA: readonly TensorName[] = ["x", "y", "z", "dy", "dx", "dz"];
const PARAMETERS: readonly ParameterName[] = ["scale", "bias", "dScale", "dBias"];

/** A staged layer with every tensor a call can take, all filled with reproducible numbers. */
export function createLayer(handler: Handler, { mode = "spatial", spec }: LayerSpec): Layer {
  const ops = PRE_STAGE[mode](handler);
  ops.stage(spec);
  let seed = 0;
  const filled = (like: TensorSpec) => handler.createTensor(like, randoms(like, ++seed));
  const entries = [
    ...DATA.map((name) => [name, filled(spec)] as const),
    ...PARAMETERS.map((name) => [name, filled(ops.scaleBiasDescriptor)] as const),
  ];
  const tensors = Object.fromEntries(entries) as LayerTensors;
  const dispose = () => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
    ops.dispose();
  };
  return { ops, ...tensors, dispose };
}

const LENGTH_OF_NUMBERS = 600_000;
const numbers = new Map<DataType, HostArray>();

/** Numbers from -0.5 to 1.5, rounded to the type. */
function randoms(spec: TensorSpec, seed: number): HostArray {
  const length = spec.dims.reduce((product, dim) => product * dim, 1);
  const known = numbers.get(spec.dataType) ?? randomNumbers(spec.dataType);
  numbers.set(spec.dataType, known);
  const start = seed * 4099;
  return known.slice(start, start + length);
}

function randomNumbers(dataType: DataType): HostArray {
  const random = randomOf(11);
  const values = hostArray(dataType, LENGTH_OF_NUMBERS);
  const round = rounderOf(dataType);
  for (let i = 0; i < values.length; i++) values[i] = round(2 * random() - 0.5);
  return values;
}

function rounderOf(dataType: DataType): (value: number) => number {
  if (dataType === "float16") return float16.encode;
  return dataType === "bfloat16" ? bfloat16.encode : (value) => value;
}

/** What the calls of a layer have written, after each call. */
export interface Written {
  readonly call: string;
  readonly tensor: string;
  readonly values: HostArray;
}

/** What of `actual` has other bits than `expected`. */
export function differences(actual: readonly Written[], expected: readonly Written[]): string[] {
  return expected
    .filter(({ values }, i) => !sameBits(values, actual[i].values))
    .map(({ call, tensor }) => `${tensor} of ${call}`);
}

/** Every operation, with and without activation, residual, blending and saved statistics. */
export async function runEverything(handler: Handler, given: LayerSpec): Promise<Written[]> {
  const layer = createLayer(handler, given);
  const { ops, x, y, z, dy, dx, dz, scale, bias, dScale, dBias } = layer;
  const written: Written[] = [];
  const statistics = {
    savedMean: ops.savedMean,
    savedInvVariance: ops.savedInvVariance,
    runningMean: ops.runningMean,
    runningVariance: ops.runningVariance,
  };
  const keep = async (call: string, tensors: Record<string, Tensor>) => {
    for (const [tensor, held] of Object.entries(tensors)) {
      written.push({ call, tensor, values: await held.read() });
    }
  };
  const forward = { x, y, scale, bias };
  const backward = { x, dy, dx, scale, dScale, dBias };
  const blending = { alphaData: 0.5, betaData: -0.25, alphaParam: 2, betaParam: 0.5 };

  ops.forwardTraining({ ...forward, averagingFactor: 0.25 });
  await keep("training", { y, ...statistics });
  ops.backward(backward);
  await keep("backward", { dx, dScale, dBias });
  ops.backward({ ...backward, ...blending });
  await keep("blended backward", { dx, dScale, dBias });
  ops.forwardTraining({ ...forward, averagingFactor: 1, alpha: 0.5, beta: 2 });
  await keep("blended training", { y, ...statistics });
  ops.forwardTraining({ ...forward, z, activation: "relu", averagingFactor: 0.5, epsilon: 0.25 });
  await keep("activated training", { y, ...statistics });
  ops.backward({ ...backward, activation: "relu", bias, y, dz });
  await keep("activated backward", { dx, dz, dScale, dBias });
  ops.backwardInference({ ...backward, activation: "relu", bias, y, dz });
  await keep("activated backwardInference", { dx, dz, dScale, dBias });
  ops.forwardInference(forward);
  await keep("inference", { y });
  ops.forwardInference({ ...forward, z, alpha: 0.5, beta: 2 });
  await keep("blended inference", { y });
  ops.backwardInference(backward);
  await keep("backwardInference", { dx, dScale, dBias });

  const forgetful = PRE_STAGE[ops.mode](handler, { savedStatistics: false });
  forgetful.stage(given.spec);
  forgetful.backward({ ...backward, epsilon: 1e-3 });
  await keep("recomputing backward", { dx, dScale, dBias });
  forgetful.dispose();
  layer.dispose();
  return written;
}
