import { describe, expect, test } from "vitest";
import { BatchNormError } from "../../src/errors/batchNormError.ts";
import { Ops } from "../../src/ops/ops.ts";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf, rejectionOf } from "../support/errors.ts";
import { clockOf, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

const failure = new BatchNormError("BACKEND_FAILURE", "the fan stopped");

describe("a device that failed", () => {
  test("poisons every later call, which names the failure and does not reach the device", async () => {
    const { handler, device } = await openFake();
    const { ops, tensors, training, inference, gradients } = layerOn(handler);
    ops.forwardTraining(training);
    const info = await ops.toInfo();
    device.log.length = 0;
    const callsBefore = device.plans[0].calls;
    device.failure = failure;

    const refusals = [
      () => handler.createTensor({ dataType: "float32", format: "NCHW", dims: [2, 3] }),
      () => preStageSpatial(handler),
      () => Ops.fromInfo(handler, info),
      () => ops.stage(tensors.x),
      () => ops.forwardTraining(training),
      () => ops.forwardInference(inference),
      () => ops.backward(gradients),
      () => ops.backwardInference(gradients),
      () => ops.runningVariance,
      () => ops.savedMean,
      () => ops.createSaved(),
      () => ops.describe(),
      () => ops.reset(),
    ].map(errorOf);
    const rejections = await Promise.all(
      [
        tensors.x.read(),
        tensors.x.write(new Float32Array(48)),
        handler.synchronize(),
        handler.queryRuntimeError(),
        clockOf(handler).measure(() => {}),
        ops.toInfo(),
      ].map(rejectionOf),
    );
    for (const error of [...refusals, ...rejections]) {
      expect(error.code).toBe("HANDLER_FAILED");
      expect(error.message).toMatch(/^\S+: the device failed: the fan stopped$/);
      expect(error.cause).toBe(failure);
    }
    expect(device.log).toEqual([]);
    expect(device.plans[0].calls).toBe(callsBefore);
  });

  test.each(["read", "write", "synchronize", "queryRuntimeError", "measure"] as const)(
    "while a %s is under way makes that one reject",
    async (name) => {
      const { handler, device } = await openFake();
      const { tensors } = layerOn(handler);
      const pending = {
        read: () => tensors.x.read(),
        write: () => tensors.x.write(new Float32Array(48)),
        synchronize: () => handler.synchronize(),
        queryRuntimeError: () => handler.queryRuntimeError(),
        measure: () => clockOf(handler).measure(() => {}),
      }[name]();
      device.failure = failure;
      expect((await rejectionOf(pending)).code).toBe("HANDLER_FAILED");
    },
  );

  test("can still be disposed, with all that lives on it", async () => {
    const { handler, device } = await openFake();
    const { ops, tensors } = layerOn(handler);
    const live = device.live.length;
    device.failure = failure;
    tensors.x.dispose();
    ops.dispose();
    expect(device.live).toHaveLength(live - 1 - 5);
    handler.dispose();
    expect(device.disposals).toBe(1);
  });
});

test("a failure that is not for good rejects once, and the handler goes on", async () => {
  const { handler, device } = await openFake();
  const { tensors } = layerOn(handler);
  device.stepsUntilFailure = 0;
  expect((await rejectionOf(tensors.x.read())).code).toBe("OUT_OF_MEMORY");
  expect(await tensors.x.read()).toHaveLength(48);
});
