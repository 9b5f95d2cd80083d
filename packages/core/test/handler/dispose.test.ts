import { expect, test } from "vitest";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf, rejectionOf } from "../support/errors.ts";
import { clockOf, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

test("disposes the plans, then the device, each once", async () => {
  const { handler, device } = await openFake();
  const { ops } = layerOn(handler);
  ops.stage({ dataType: "float32", format: "NCHW", dims: [9, 3, 2, 2] });
  device.log.length = 0;
  handler.dispose();
  handler.dispose();
  expect(device.log).toEqual(["plan.dispose", "plan.dispose", "device.dispose"]);
  expect(device.plans.map(({ disposals }) => disposals)).toEqual([1, 1]);
});

test("its tensors and ops end with it, and disposing them afterwards does nothing", async () => {
  const { handler, device } = await openFake();
  const { ops, tensors, training } = layerOn(handler);
  const saved = ops.createSaved();
  const { runningMean } = ops;
  handler.dispose();
  expect([tensors.x.disposed, runningMean.disposed, saved.disposed]).toEqual([true, true, true]);

  const refusals = [
    () => handler.createTensor({ dataType: "float32", format: "NCHW", dims: [2, 3] }),
    () => preStageSpatial(handler),
    () => ops.stage(tensors.x),
    () => ops.forwardTraining(training),
    () => ops.scaleBiasDescriptor,
    () => ops.runningMean,
    () => ops.createSaved(),
    () => ops.describe(),
    () => ops.reset(),
  ].map(errorOf);
  const rejections = await Promise.all(
    [
      handler.synchronize(),
      handler.queryRuntimeError(),
      clockOf(handler).measure(() => {}),
      tensors.x.read(),
      tensors.x.write([]),
      ops.toInfo(),
    ].map(rejectionOf),
  );
  for (const error of [...refusals, ...rejections]) {
    expect(error.code).toBe("DISPOSED");
    expect(error.message).toMatch(/^\S+: the handler was disposed$/);
  }

  device.log.length = 0;
  ops.dispose();
  saved.dispose();
  for (const tensor of Object.values(tensors)) tensor.dispose();
  // The device freed its memory itself.
  expect(device.memories.every(({ disposals }) => disposals === 0)).toBe(true);
  expect(device.log).toEqual([]);
});

test("a tensor disposed before is not disposed again", async () => {
  const { handler, device } = await openFake();
  const { tensors } = layerOn(handler);
  tensors.x.dispose();
  handler.dispose();
  tensors.x.dispose();
  expect(device.memories.filter(({ disposals }) => disposals > 0)).toHaveLength(1);
});
