import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/handler/handler.ts";
import { parseInfo, stringifyInfo } from "../../src/info/index.ts";
import type { Info } from "../../src/info/info.ts";
import { Ops } from "../../src/ops/ops.ts";
import { preStagePerActivation, preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf, rejectionOf } from "../support/errors.ts";
import { type FakePlan, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

/** Through text, as a layer travels. */
const travel = (info: Info) => parseInfo(stringifyInfo(info));

async function trained(handler: Handler) {
  const layer = layerOn(handler, { runningVariance: "biased" });
  const { ops, training } = layer;
  await ops.runningMean.write([1, 2, 3]);
  await ops.runningVariance.write([4, 5, 6]);
  ops.forwardTraining({ ...training, epsilon: 0.25 });
  await ops.savedInvVariance.write([7, 8, 9]);
  return layer;
}

test("brings back mode, options, statistics and the epsilon last used", async () => {
  const { handler } = await openFake();
  const { ops } = await trained(handler);
  const other = await openFake();
  const again = Ops.fromInfo(other.handler, travel(await ops.toInfo()));
  expect(again.mode).toBe("spatial");
  expect(again.options).toEqual(ops.options);
  expect(again.handler).toBe(other.handler);
  expect(await again.runningMean.read()).toEqual(Float32Array.of(1, 2, 3));
  expect(await again.runningVariance.read()).toEqual(Float32Array.of(4, 5, 6));
  expect(await again.savedInvVariance.read()).toEqual(Float32Array.of(7, 8, 9));
  expect(await again.toInfo()).toEqual(await ops.toInfo());
});

test("backward after it takes the saved epsilon, and refuses another x or epsilon", async () => {
  const { handler } = await openFake();
  const { ops } = await trained(handler);
  const other = await openFake();
  const again = Ops.fromInfo(other.handler, travel(await ops.toInfo()));
  const { gradients } = layerOn(other.handler);
  again.backward(gradients);
  const record = (other.device.plans[0] as FakePlan).records.at(-1);
  expect(record).toMatchObject({ epsilon: 0.25 });

  const wrongEpsilon = errorOf(() => again.backward({ ...gradients, epsilon: 0.5 }));
  expect(wrongEpsilon.code).toBe("SAVED_STATISTICS_MISMATCH");
  const spec = { dataType: "float32", format: "NCHW", dims: [5, 3, 2, 2] } as const;
  const of5 = () => other.handler.createTensor(spec);
  const wrongX = errorOf(() => again.backward({ ...gradients, x: of5(), dy: of5(), dx: of5() }));
  expect(wrongX.code).toBe("SAVED_STATISTICS_MISMATCH");
  expect(wrongX.message).toContain("float32 NCHW 4x3x2x2, which the statistics were saved for");
});

test("a file that does not know its epsilon asks for one, and takes any x", async () => {
  const { handler, device } = await openFake();
  const { ops } = await trained(handler);
  const bare: Info = { ...(await ops.toInfo()), extension: null };
  const again = Ops.fromInfo(handler, travel(bare));
  const { gradients } = layerOn(handler);
  const error = errorOf(() => again.backward(gradients));
  expect(error.code).toBe("INVALID_ARGUMENT");
  expect(error.details.argument).toBe("epsilon");
  again.backward({ ...gradients, epsilon: 0.5 });
  expect(device.plans.flatMap(({ records }) => records).at(-1)).toMatchObject({ epsilon: 0.5 });
});

test("an ops that never saw x is staged already, and can say no description yet", async () => {
  const { handler } = await openFake();
  const { ops, tensors } = await trained(handler);
  const again = Ops.fromInfo(handler, await ops.toInfo());
  expect(again.scaleBiasDescriptor).toBe(ops.scaleBiasDescriptor);
  expect(errorOf(() => again.describe()).code).toBe("INVALID_ARGUMENT");
  expect(again.describe(tensors.x)).toBe(ops.describe());
  again.stage(tensors.x);
  expect(again.describe()).toBe(ops.describe());
});

test("a layer that was never staged gives unstaged ops", async () => {
  const { handler, device } = await openFake();
  const info = travel(await preStagePerActivation(handler).toInfo());
  expect(info.statistics).toBeNull();
  const again = Ops.fromInfo(handler, info);
  expect(again.mode).toBe("perActivation");
  expect(errorOf(() => again.runningMean).code).toBe("NOT_STAGED");
  expect(device.memories).toEqual([]);
});

test("statistics an ops does without are not made again", async () => {
  const { handler } = await openFake();
  const { ops } = layerOn(handler, { runningStatistics: false, savedStatistics: false });
  const again = Ops.fromInfo(handler, travel(await ops.toInfo()));
  expect(errorOf(() => again.runningMean).code).toBe("STATISTICS_DISABLED");
  expect(errorOf(() => again.savedMean).code).toBe("STATISTICS_DISABLED");
});

describe("toInfo", () => {
  test("enqueues every copy before it first waits", async () => {
    const { handler, device } = await openFake();
    const { ops, tensors } = layerOn(handler);
    device.log.length = 0;
    const pending = ops.toInfo({ scale: tensors.scale, bias: tensors.bias });
    expect(device.log).toEqual(new Array(7).fill("read"));
    const later = ops.runningMean.write([9, 9, 9]);
    const info = await pending;
    await later;
    expect(info.statistics?.runningMean).toEqual(new Float32Array(3));
  });

  test("saves scale, bias and averaging if given", async () => {
    const { handler } = await openFake();
    const { ops, tensors } = layerOn(handler);
    await tensors.scale.write([1, 2, 3]);
    const averaging = { rule: "constant", factor: 0.1, count: 7 } as const;
    const { extension } = await ops.toInfo({ scale: tensors.scale, averaging });
    expect(extension).toMatchObject({ scale: Float32Array.of(1, 2, 3), bias: null, averaging });
  });

  test.each([
    ["a scale of another shape", (handler: Handler) => ({ scale: tensorOf(handler, 4) })],
    ["no object", () => 3],
    ["a scale that is no tensor", () => ({ scale: [1, 2, 3] })],
  ])("refuses %s", async (_, args) => {
    const { handler } = await openFake();
    const { ops } = layerOn(handler);
    const error = await rejectionOf(ops.toInfo(args(handler) as object));
    expect(["SHAPE_MISMATCH", "INVALID_ARGUMENT"]).toContain(error.code);
    expect(error.message).toMatch(/^Ops\.toInfo: /);
  });

  test("of an unstaged ops refuses scale, which has no shape yet", async () => {
    const { handler } = await openFake();
    const ops = preStageSpatial(handler);
    const scale = tensorOf(handler, 3);
    expect((await rejectionOf(ops.toInfo({ scale }))).code).toBe("NOT_STAGED");
  });
});

test.each([[null], [{}], ["{}"], [undefined]])("refuses %o as an info", async (info) => {
  const { handler, device } = await openFake();
  const error = errorOf(() => Ops.fromInfo(handler, info as unknown as Info));
  expect(["INFO_INVALID", "INVALID_ARGUMENT"]).toContain(error.code);
  expect(device.memories).toEqual([]);
});

test("refuses what is no handler, such as a promise of one", async () => {
  const { handler } = await openFake();
  const info = await layerOn(handler).ops.toInfo();
  const promised = Promise.resolve(handler) as unknown as Handler;
  expect(errorOf(() => Ops.fromInfo(promised, info)).message).toContain(
    "a handler (did you await createHandler?)",
  );
});

test("refuses a rank or data type the backend does not declare", async () => {
  const { handler } = await openFake();
  const info = await layerOn(handler).ops.toInfo();
  const limited = await openFake({ maxRank: 3 });
  expect(errorOf(() => Ops.fromInfo(limited.handler, info)).code).toBe("UNSUPPORTED");
  expect(limited.device.memories).toEqual([]);
});

function tensorOf(handler: Handler, channels: number) {
  return handler.createTensor({ dataType: "float32", format: "NCHW", dims: [1, channels, 1, 1] });
}
