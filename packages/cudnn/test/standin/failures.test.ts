import { type BatchNormError, type Handler, openHandler, type TensorSpec } from "@batchnorm/core";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createLayer } from "../support/layer.ts";
import { standIn, standInBackend, standInMissing } from "../support/standIn.ts";

const NCHW: TensorSpec = { dataType: "float32", format: "NCHW", dims: [4, 4, 2, 2] };
const NHWC: TensorSpec = { ...NCHW, format: "NHWC" };
const NOT_SUPPORTED = 3000;

const opened: Handler[] = [];

async function open(): Promise<Handler> {
  const handler = await openHandler(standInBackend());
  opened.push(handler);
  return handler;
}

afterEach(() => {
  standIn.order("");
  for (const handler of opened.splice(0)) handler.dispose();
  expect(standIn.alive()).toEqual({});
  expect(standIn.lastMisuse()).toBe("");
});
afterAll(() => standIn.dispose());

function errorOf(run: () => void): BatchNormError {
  try {
    run();
  } catch (error) {
    return error as BatchNormError;
  }
  throw new Error("did not throw");
}

const rejectionOf = (promise: Promise<unknown>): Promise<BatchNormError> =>
  promise.then(
    () => Promise.reject(new Error("did not reject")),
    (error) => error,
  );

describe.skipIf(standInMissing !== null)("failures, over the stand-in", () => {
  test("a call that fails is BACKEND_FAILURE with cuDNN's words, and the device goes on", async () => {
    const handler = await open();
    const { calls } = createLayer(handler, NCHW);
    standIn.order("fail:cudnnBatchNormalizationForwardTraining:1=5000");
    const error = errorOf(calls.forwardTraining);
    expect(error).toMatchObject({
      name: "BatchNormError",
      code: "BACKEND_FAILURE",
      details: { nativeCall: "cudnnBatchNormalizationForwardTraining", status: 5000 },
    });
    expect(error.message).toContain(
      "Ops.forwardTraining, spatial batch norm of float32 NCHW 4x4x2x2",
    );
    calls.forwardTraining();
    await handler.synchronize();
  });

  test("what cuDNN takes on no way is UNSUPPORTED, with its words, and nothing is written", async () => {
    const handler = await open();
    const { ops, x, y, scale, bias, z } = createLayer(handler, NCHW);
    const kept = { y, runningMean: ops.runningMean, runningVariance: ops.runningVariance };
    const before = await Promise.all(Object.values(kept).map((tensor) => tensor.read()));
    standIn.order(`fail:cudnnBatchNormalizationForwardTraining:1=${NOT_SUPPORTED}`);
    const error = errorOf(() => ops.forwardTraining({ x, y, z, scale, bias, averagingFactor: 1 }));
    expect(error).toMatchObject({
      code: "UNSUPPORTED",
      details: { statusName: "CUDNN_STATUS_NOT_SUPPORTED" },
    });
    expect(await Promise.all(Object.values(kept).map((tensor) => tensor.read()))).toEqual(before);
  });

  test.each([
    ["the extended calls", "cudnnBatchNormalizationForwardTrainingEx:1", 1e-6],
    [
      "the size of the workspace",
      "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize:1",
      1e-6,
    ],
  ])("where cuDNN refuses %s, the next way gives the same", async (_, refused, tolerance) => {
    const results: Float32Array[] = [];
    for (const order of ["", `fail:${refused}=${NOT_SUPPORTED}`]) {
      const handler = await open();
      const { calls, y, ops } = createLayer(handler, NHWC);
      standIn.order(order);
      calls.forwardTraining();
      results.push(await y.read({ as: "float32" }));
      expect(ops.describe().includes("did not take")).toBe(order !== "");
    }
    const [wanted, got] = results;
    got.forEach((value, i) => {
      expect(Math.abs(value - wanted[i])).toBeLessThan(tolerance);
    });
  });

  test("no memory says how much was asked for and how much is free, and the handler goes on", async () => {
    standIn.order("memory=67108864");
    const handler = await open();
    const spec = { ...NCHW, dims: [1024, 1024, 8, 8] };
    const error = errorOf(() => handler.createTensor(spec));
    expect(error).toMatchObject({
      code: "OUT_OF_MEMORY",
      details: { requested: 4 * 1024 * 1024 * 64, free: expect.any(Number) },
    });
    expect(error.message).toMatch(/268435456 bytes asked for, \d+ free/);
    const { calls, y } = createLayer(handler, NCHW);
    calls.forwardTraining();
    await y.read();
  });

  test("a device that breaks fails the next read, and poisons the handler", async () => {
    const handler = await open();
    const { calls, y } = createLayer(handler, NCHW);
    await handler.synchronize();
    standIn.order("work:1=700");
    calls.forwardTraining();
    const error = await rejectionOf(y.read());
    expect(error).toMatchObject({
      code: "BACKEND_FAILURE",
      details: { statusName: "CUDA_ERROR_ILLEGAL_ADDRESS" },
    });
    const later = errorOf(calls.forwardTraining);
    expect(later.code).toBe("HANDLER_FAILED");
    expect(await rejectionOf(handler.synchronize())).toMatchObject({ code: "HANDLER_FAILED" });
  });

  test("a device that does not open is BACKEND_UNAVAILABLE, and leaves nothing", async () => {
    standIn.order("fail:cudnnCreate:1=1001");
    const error = await rejectionOf(openHandler(standInBackend()));
    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(error.message).toContain("cudnnCreate");
  });

  test("pending promises settle when the handler goes, and nothing is left", async () => {
    standIn.order("slow=2000");
    const handler = await open();
    const { calls, y, x } = createLayer(handler, NHWC);
    for (const call of Object.values(calls)) call();
    const pending = [y.read(), x.write(new Float32Array(64)), handler.synchronize()];
    handler.dispose();
    await Promise.allSettled(pending);
  });

  test("device time is measured around the work, and a failure in it is the measurement's", async () => {
    const handler = await open();
    const { calls } = createLayer(handler, NCHW);
    const { timing } = handler;
    if (timing === null) throw new Error("no clock");
    expect(await timing.measure(calls.forwardTraining)).toBeGreaterThanOrEqual(0);
    const failing = () => {
      throw new Error("mine");
    };
    await expect(timing.measure(failing)).rejects.toThrow("mine");
    expect(await timing.measure(calls.backward)).toBeGreaterThanOrEqual(0);
  });

  test("a runtime error has cuDNN's code and name, once", async () => {
    const handler = await open();
    const { ops, x, y, scale, bias } = createLayer(handler, NCHW, "spatialPersistent");
    expect(await handler.queryRuntimeError()).toBeNull();
    await x.write(new Float32Array(64).fill(1e16).map((value, i) => value * (1 + i)));
    ops.forwardTraining({ x, y, scale, bias, averagingFactor: 0.1 });
    expect(await handler.queryRuntimeError()).toMatchObject({
      code: 1007,
      name: "CUDNN_STATUS_RUNTIME_FP_OVERFLOW",
    });
    expect(await handler.queryRuntimeError()).toBeNull();
  });
});
