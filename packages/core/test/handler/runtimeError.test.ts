import { expect, test } from "vitest";
import { openHandler } from "../../src/handler/handler.ts";
import { rejectionOf } from "../support/errors.ts";
import { FakeDevice, fakeBackend, openFake } from "../support/fakeDevice.ts";

const overflow = {
  code: 1007,
  name: "CUDNN_STATUS_RUNTIME_FP_OVERFLOW",
  text: "a sum overflowed",
};

test("is what the device noticed, or null; asking does not end the handler", async () => {
  const { handler, device } = await openFake();
  expect(await handler.queryRuntimeError()).toBeNull();
  device.runtimeError = overflow;
  expect(await handler.queryRuntimeError()).toEqual(overflow);
  await handler.synchronize();
  expect(device.log).toEqual(["queryRuntimeError", "queryRuntimeError", "synchronize"]);
});

test("is null on a device that keeps no such record", async () => {
  const device = new FakeDevice();
  Reflect.set(device, "queryRuntimeError", undefined);
  const handler = await openHandler(fakeBackend(device));
  expect(await handler.queryRuntimeError()).toBeNull();
  expect(device.log).toEqual([]);
});

test("rejects with what the device throws", async () => {
  const { handler, device } = await openFake();
  device.stepsUntilFailure = 0;
  expect((await rejectionOf(handler.queryRuntimeError())).code).toBe("OUT_OF_MEMORY");
});
