import {
  type Backend,
  type ErrorCode,
  openHandler,
  parseInfo,
  preStageSpatial,
  type TensorSpec,
} from "@batchnorm/core";
import { cpu } from "@batchnorm/cpu";
import { wasm } from "@batchnorm/wasm";
import { createHandler } from "batchnorm";
import { handlerWithLostWorker } from "./lostWorker.ts";

const SPEC = { dataType: "float32", format: "NCHW", dims: [8, 3, 4, 4] } as const;

/** A staged layer on the reference backend, with tensors to call it with. */
async function layer(spec: TensorSpec = SPEC) {
  const handler = await openHandler(cpu());
  const ops = preStageSpatial(handler);
  ops.stage(spec);
  const data = () => handler.createTensor(spec);
  const parameter = () => handler.createTensor(ops.scaleBiasDescriptor);
  const [x, y, dy, dx] = [data(), data(), data(), data()];
  const [scale, bias, dScale, dBias] = [parameter(), parameter(), parameter(), parameter()];
  const forward = { x, y, scale, bias, averagingFactor: 0.1 };
  const backward = { x, dy, dx, scale, dScale, dBias };
  return { handler, ops, forward, backward };
}

/** For every code a typical cause. Each of these throws or rejects. */
export const provoke: Readonly<Record<ErrorCode, () => Promise<unknown>>> = {
  async INVALID_ARGUMENT() {
    const { ops, forward } = await layer();
    ops.forwardTraining({ ...forward, averagingFactor: 99 });
  },
  async INVALID_DESCRIPTOR() {
    const { handler } = await layer();
    handler.createTensor({ ...SPEC, dims: [8] });
  },
  async DATA_TYPE_MISMATCH() {
    const { handler } = await layer();
    handler.createTensor(SPEC, new Uint16Array(384));
  },
  async SHAPE_MISMATCH() {
    const { handler, ops, forward } = await layer();
    const scale = handler.createTensor({ ...SPEC, dims: [1, 3] });
    ops.forwardTraining({ ...forward, scale });
  },
  async LENGTH_MISMATCH() {
    const { handler } = await layer();
    handler.createTensor(SPEC, [1, 2, 3]);
  },
  async PARAMETER_SHAPE_CHANGED() {
    const { ops } = await layer();
    ops.stage({ ...SPEC, dims: [8, 5, 4, 4] });
  },
  async NOT_STAGED() {
    const { handler, forward } = await layer();
    preStageSpatial(handler).forwardTraining(forward);
  },
  async SINGLE_VALUE_PER_CHANNEL() {
    const { ops, forward } = await layer({ ...SPEC, dims: [1, 3] });
    ops.forwardTraining(forward);
  },
  async SAVED_STATISTICS_MISMATCH() {
    const { ops, backward } = await layer();
    ops.backward(backward);
  },
  async STATISTICS_DISABLED() {
    const { handler, forward } = await layer();
    const ops = preStageSpatial(handler, { runningStatistics: false });
    ops.stage(SPEC);
    ops.forwardInference(forward);
  },
  async OVERLAPPING_MEMORY() {
    const { ops, forward } = await layer();
    ops.forwardTraining({ ...forward, y: forward.x });
  },
  async HANDLER_MISMATCH() {
    const [{ ops, forward }, other] = [await layer(), await layer()];
    ops.forwardTraining({ ...forward, x: other.forward.x });
  },
  async HANDLER_FAILED() {
    await (await handlerWithLostWorker()).synchronize();
  },
  async DISPOSED() {
    const { handler, forward } = await layer();
    handler.dispose();
    await forward.y.read();
  },
  async OUT_OF_MEMORY() {
    const { handler } = await layer();
    handler.createTensor({ ...SPEC, dims: [2 ** 20, 2 ** 10, 2 ** 10, 4] });
  },
  async UNSUPPORTED() {
    const handler = await openHandler(wasm({ threads: 1 }));
    handler.createTensor({ ...SPEC, strides: [64, 20, 4, 1] });
  },
  async BACKEND_UNAVAILABLE() {
    const backend: Backend = {
      ...cpu(),
      name: "gpu",
      probe: async () => ({
        available: false,
        tried: ["find a driver"],
        found: "no driver",
        next: "install one",
      }),
    };
    await createHandler({ backend });
  },
  async BACKEND_FAILURE() {
    const handler = await handlerWithLostWorker();
    await handler.synchronize().catch((error: Error) => {
      throw error.cause;
    });
  },
  async SPECIFICATION_VERSION_MISMATCH() {
    await openHandler({ ...cpu(), specificationVersion: 2 } as unknown as Backend);
  },
  async INFO_INVALID() {
    parseInfo('{"Epsilon":-1}');
  },
  async INFO_TOO_LONG() {
    parseInfo('{"Epsilon":0,"Exponentialfactor":0}', { maxLength: 16 });
  },
};
