import { expect, test } from "vitest";
import { openHandler } from "../../src/handler/handler.ts";
import { rejectionOf } from "../support/errors.ts";
import { clockOf, FakeDevice, fakeBackend, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

test("measures what work enqueues, between a start and a stop", async () => {
  const { handler, device } = await openFake();
  const { tensors } = layerOn(handler);
  device.log.length = 0;
  const pending = clockOf(handler).measure(() => {
    tensors.x.read();
    tensors.y.read();
  });
  // Called before measure returns, so that what follows is not measured.
  expect(device.log).toEqual(["startTiming", "read", "read", "stopTiming"]);
  expect(await pending).toBe(2);
});

test("is null where the device has no clock", async () => {
  const device = Object.assign(new FakeDevice(), { timing: undefined });
  expect((await openHandler(fakeBackend(device))).timing).toBeNull();
});

test("rejects with what work throws, and measures again afterwards", async () => {
  const { handler } = await openFake();
  const clock = clockOf(handler);
  const own = new Error("changed my mind");
  const failing = () => {
    throw own;
  };
  await expect(clock.measure(failing)).rejects.toBe(own);
  expect(await clock.measure(() => {})).toBe(0);
});

test("refuses a measurement inside another, of which the outer one goes on", async () => {
  const { handler, device } = await openFake();
  const clock = clockOf(handler);
  let inner: Promise<number> | undefined;
  const outer = clock.measure(() => {
    inner = clock.measure(() => device.log.push("never"));
  });
  const error = await rejectionOf(inner as Promise<number>);
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.message).toBe(
    "Handler.timing.measure: work: expected a measurement outside another, received one inside it",
  );
  expect(await outer).toBe(0);
  expect(device.log).toEqual(["startTiming", "stopTiming"]);
});

test("lets the next measurement begin before the last one is known", async () => {
  const { handler } = await openFake();
  const clock = clockOf(handler);
  const times = [clock.measure(() => {}), clock.measure(() => handler.synchronize())];
  expect(await Promise.all(times)).toEqual([0, 1]);
});

test.each([[undefined], [null], [Promise.resolve()], ["work"]])(
  "refuses %o as work",
  async (work) => {
    const { handler, device } = await openFake();
    const error = await rejectionOf(clockOf(handler).measure(work as never));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.details).toMatchObject({ call: "Handler.timing.measure", argument: "work" });
    expect(device.log).toEqual([]);
  },
);
