import { expect, test } from "vitest";
import { BatchNormError } from "../../src/errors/batchNormError.ts";
import { namingCall } from "../../src/errors/namingCall.ts";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf } from "../support/errors.ts";
import { openFake } from "../support/fakeDevice.ts";

const throwing = (error: unknown) => () => {
  throw error;
};

test("returns what the backend returns", () => {
  expect(namingCall("Ops.stage", () => 7)).toBe(7);
});

test("puts the user's call before a backend's typed error, and keeps the rest of it", () => {
  const cause = new RangeError("too much");
  const own = new BatchNormError("OUT_OF_MEMORY", "fake: full", { details: { bytes: 8 }, cause });
  const error = errorOf(() => namingCall("Ops.stage", throwing(own)));
  expect(error.message).toBe("Ops.stage: fake: full");
  expect(error).toMatchObject({ code: "OUT_OF_MEMORY", cause });
  expect(error.details).toEqual({ call: "Ops.stage", bytes: 8 });
});

test("leaves an error that names a call already, and one that is none of ours", () => {
  const named = new BatchNormError("DISPOSED", "a: gone", { details: { call: "a" } });
  expect(errorOf(() => namingCall("b", throwing(named)))).toBe(named);
  const foreign = new TypeError("a bug");
  expect(() => namingCall("b", throwing(foreign))).toThrow(foreign);
});

test("every call that makes something on the device names itself", async () => {
  const { handler, device } = await openFake();
  const spec = { dataType: "float32", format: "NCHW", dims: [2, 3] } as const;
  const ops = preStageSpatial(handler);
  ops.stage(spec);
  for (const [call, run] of [
    ["Handler.createTensor", () => handler.createTensor(spec)],
    ["Ops.createSaved", () => ops.createSaved()],
    ["Ops.stage", () => preStageSpatial(handler).stage(spec)],
    ["Ops.describe", () => ops.describe({ ...spec, dims: [9, 3] })],
  ] as const) {
    device.stepsUntilFailure = 0;
    const error = errorOf(run);
    expect(error.message).toMatch(new RegExp(`^${call}: fake: \\w+ failed as told$`));
    expect(error.details.call).toBe(call);
  }
});
