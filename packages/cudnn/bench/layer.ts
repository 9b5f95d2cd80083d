import {
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
  const make = (like: Parameters<Handler["createTensor"]>[0], values?: Float32Array) => {
    const tensor = handler.createTensor(like, values);
    tensors.push(tensor);
    return tensor;
  };
  const parameter = (value: number) => {
    const { elementCount } = ops.scaleBiasDescriptor;
    return make(ops.scaleBiasDescriptor, new Float32Array(elementCount).fill(value));
  };
  const count = cell.dims.reduce((product, dim) => product * dim, 1);
  const x = make(spec, wave(count, 0.37));
  const dy = make(spec, wave(count, 0.11));
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

/** Numbers of mean near 0 and variance near 1/2, quick to make. */
function wave(count: number, step: number): Float32Array {
  const period = 4099;
  const one = Float32Array.from({ length: period }, (_, i) => Math.sin(step * i * i));
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += period) {
    values.set(one.subarray(0, Math.min(period, count - at)), at);
  }
  return values;
}
