import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/handler/handler.ts";
import type { Info } from "../../src/info/info.ts";
import { Ops } from "../../src/ops/ops.ts";
import type { OpsOptions } from "../../src/ops/opsOptions.ts";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { errorOf } from "../support/errors.ts";
import { type FakeDevice, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

const OPTIONS: [string, Partial<OpsOptions>, "float32" | "float64"][] = [
  ["float32 with all statistics", {}, "float32"],
  ["float64, which needs no low words", {}, "float64"],
  ["without saved statistics", { savedStatistics: false }, "float32"],
  ["without running statistics", { runningStatistics: false }, "float32"],
];

/** Every step of `run` on the device fails once; after each nothing of it may be left. */
async function failEachStep(
  prepare: (handler: Handler) => (() => unknown) | Promise<() => unknown>,
): Promise<string[]> {
  const steps = await stepsOf(prepare);
  for (const [index, step] of steps.entries()) {
    const { handler, device } = await openFake();
    const run = await prepare(handler);
    const before = device.live.length;
    device.stepsUntilFailure = index;
    expect(errorOf(run).message, `step ${index}`).toContain(`fake: ${step} failed as told`);
    expect(device.live, `left after ${step}, step ${index}`).toHaveLength(before);
    expect(Math.max(0, ...disposalsOf(device)), `step ${index}`).toBeLessThanOrEqual(1);
  }
  return steps;
}

async function stepsOf(prepare: (handler: Handler) => (() => unknown) | Promise<() => unknown>) {
  const { handler, device } = await openFake();
  const run = await prepare(handler);
  device.log.length = 0;
  run();
  return [...device.log];
}

const disposalsOf = (device: FakeDevice) => device.memories.map(({ disposals }) => disposals);
const x = (dataType: "float32" | "float64", batch = 4) =>
  ({ dataType, format: "NCHW", dims: [batch, 3, 2, 2] }) as const;
const count = (steps: readonly string[], name: string) =>
  steps.filter((step) => step === name).length;

describe("Ops.stage leaves nothing allocated, whichever step fails", () => {
  test.each(OPTIONS)("%s", async (_, options, dataType) => {
    const steps = await failEachStep((handler) => {
      const ops = preStageSpatial(handler, options);
      return () => ops.stage(x(dataType));
    });
    const running = options.runningStatistics === false ? 0 : 2;
    const saved = options.savedStatistics === false ? 0 : dataType === "float64" ? 2 : 3;
    expect(count(steps, "allocate")).toBe(running + saved);
    expect(count(steps, "createPlan")).toBe(1);
  });

  test("and the ops can be staged once there is room again", async () => {
    const { handler, device } = await openFake();
    const ops = preStageSpatial(handler);
    device.stepsUntilFailure = 3;
    errorOf(() => ops.stage(x("float32")));
    expect(errorOf(() => ops.runningMean).code).toBe("NOT_STAGED");
    ops.stage(x("float64")); // of other parameters: nothing is remembered of the failed one
    expect(ops.runningMean.descriptor.dataType).toBe("float64");
  });

  test("and staged again it keeps the statistics it had", async () => {
    const { handler, device } = await openFake();
    const { ops, tensors } = layerOn(handler);
    const { runningMean } = ops;
    const live = device.live.length;
    device.stepsUntilFailure = 0;
    errorOf(() => ops.stage(x("float32", 7)));
    expect(device.live).toHaveLength(live);
    expect(ops.runningMean).toBe(runningMean);
    expect(runningMean.disposed).toBe(false);
    ops.stage(tensors.x);
  });
});

describe("Ops.fromInfo leaves nothing allocated, whichever step fails", () => {
  test.each(OPTIONS)("%s", async (_, options, dataType) => {
    const info = await infoOf(options, dataType);
    const steps = await failEachStep((handler) => () => Ops.fromInfo(handler, info));
    const running = options.runningStatistics === false ? 0 : 2;
    const saved = options.savedStatistics === false ? 0 : dataType === "float64" ? 2 : 3;
    expect(count(steps, "allocate")).toBe(running + saved);
    expect(count(steps, "initialize")).toBeGreaterThanOrEqual(running + saved);
  });
});

test("Ops.createSaved leaves nothing allocated, whichever step fails", async () => {
  const steps = await failEachStep((handler) => {
    const { ops } = layerOn(handler);
    return () => ops.createSaved();
  });
  expect(steps).toEqual(["allocate", "allocate", "allocate"]);
});

async function infoOf(
  options: Partial<OpsOptions>,
  dataType: "float32" | "float64",
): Promise<Info> {
  const { handler } = await openFake();
  const { ops, training } = layerOn(handler, options, dataType);
  ops.forwardTraining(training);
  return ops.toInfo();
}
