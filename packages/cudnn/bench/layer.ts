import {
  type DataType,
  float16,
  type Handler,
  type Ops,
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
  type Tensor,
} from "@batchnorm/core";
import { type Cell, type Operation, specOf } from "./cells.ts";

const PRE_STAGE = {
  perActivation: preStagePerActivation,
  spatial: preStageSpatial,
  spatialPersistent: preStageSpatialPersistent,
};

/** A staged layer with its tensors, and a call of each operation that makes no object. */
export interface Layer {
  readonly ops: Ops;
  readonly calls: Readonly<Record<Operation, () => void>>;
  dispose(): void;
}

export function createLayer(handler: Handler, cell: Cell): Layer {
  const spec = specOf(cell);
  const ops = PRE_STAGE[cell.mode](handler);
  ops.stage(spec);
  const tensors: Tensor[] = [];
  const make = (like: Parameters<Handler["createTensor"]>[0], values?: Wave) => {
    const tensor = handler.createTensor(like, values);
    tensors.push(tensor);
    return tensor;
  };
  const parameter = (value: number) => {
    const { elementCount } = ops.scaleBiasDescriptor;
    return make(ops.scaleBiasDescriptor, new Float32Array(elementCount).fill(value));
  };
  const count = cell.dims.reduce((product, dim) => product * dim, 1);
  const x = make(spec, wave(cell.dataType, count, 0.37));
  const dy = make(spec, wave(cell.dataType, count, 0.11));
  const [y, dx] = [make(spec), make(spec)];
  const [scale, bias, dScale, dBias] = [1.5, 0.5, 0, 0].map(parameter);
  const forward = { x, y, scale, bias, averagingFactor: 0.1 };
  const backward = { x, dy, dx, scale, dScale, dBias };
  return {
    ops,
    calls: {
      training: () => ops.forwardTraining(forward),
      backward: () => ops.backward(backward),
      inference: () => ops.forwardInference(forward),
    },
    dispose() {
      for (const tensor of tensors) tensor.dispose();
      ops.dispose();
    },
  };
}

type Wave = Float32Array | Uint16Array;

/** Numbers of mean near 0 and variance near 1/2, quick to make: a short piece, repeated. */
function wave(dataType: DataType, count: number, step: number): Wave {
  const numbers = Float32Array.from({ length: 4099 }, (_, i) => Math.sin(step * i * i));
  const piece = dataType === "float16" ? Uint16Array.from(numbers, float16.encode) : numbers;
  const values = piece === numbers ? new Float32Array(count) : new Uint16Array(count);
  values.set(piece.subarray(0, count));
  for (let filled = piece.length; filled < count; filled *= 2) values.copyWithin(filled, 0, filled);
  return values;
}
