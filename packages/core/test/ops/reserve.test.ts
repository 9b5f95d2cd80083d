import { beforeEach, describe, expect, test } from "vitest";
import type { DeviceMemory } from "../../src/contract/device.ts";
import type { BackwardCall } from "../../src/contract/plan.ts";
import { Ops } from "../../src/ops/ops.ts";
import type { SavedStatistics } from "../../src/ops/statistics.ts";
import { type FakeDevice, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

class Reserve {
  disposals = 0;
  dispose(): void {
    this.disposals++;
  }
}

let device: FakeDevice;
let layer: ReturnType<typeof layerOn>;
let ops: Ops;
let saved: SavedStatistics;
let reserve: Reserve;

/** Puts a reserve where a forward of a backend would. */
function leave(): Reserve {
  const left = new Reserve();
  saved.memory.reserve = left;
  return left;
}

beforeEach(async () => {
  const fake = await openFake();
  device = fake.device;
  layer = layerOn(fake.handler);
  ops = layer.ops;
  saved = ops.createSaved();
  expect(saved.memory.reserve).toBeNull();
  reserve = leave();
});

test("is handed to the plan with its saved statistics, and kept between calls", () => {
  ops.forwardTraining({ ...layer.training, saved });
  ops.backward({ ...layer.gradients, saved });
  ops.forwardTraining(layer.training);
  expect(saved.memory.reserve).toBe(reserve);
  expect(reserve.disposals).toBe(0);
});

describe("is disposed once, and the slot emptied,", () => {
  test.each([
    ["with the saved statistics", () => saved.dispose()],
    ["with the ops", () => ops.dispose()],
    ["by reset", () => ops.reset()],
    ["when savedMean is written", () => saved.mean.write([1, 2, 3])],
    ["when savedInvVariance is written", () => saved.invVariance.write([1, 2, 3])],
  ] as [string, () => unknown][])("%s", async (_, end) => {
    await end();
    expect(saved.memory.reserve).toBeNull();
    saved.dispose();
    ops.dispose();
    expect(reserve.disposals).toBe(1);
  });
});

test("of the ops' own saved statistics likewise", async () => {
  ops.forwardTraining(layer.training);
  const { saved: own } = device.plans[0].records[0] as BackwardCall<DeviceMemory>;
  if (own === null) throw new Error("nothing was saved");
  const left = new Reserve();
  own.reserve = left;
  await ops.savedMean.write([1, 2, 3]);
  expect([own.reserve, left.disposals]).toEqual([null, 1]);
});

test("survives writes of other statistics, and a refused write", async () => {
  await ops.runningMean.write([1, 2, 3]);
  await ops.savedMean.write([1, 2, 3]);
  await expect(saved.mean.write([1])).rejects.toMatchObject({ code: "LENGTH_MISMATCH" });
  expect(saved.memory.reserve).toBe(reserve);
  expect(reserve.disposals).toBe(0);
});

test("goes with the device when the handler is disposed", () => {
  ops.handler.dispose();
  saved.dispose();
  ops.dispose();
  expect(reserve.disposals).toBe(0);
});

test("is not part of what is saved: a restored layer has none", async () => {
  ops.forwardTraining(layer.training);
  const again = Ops.fromInfo(ops.handler, await ops.toInfo());
  again.backward({ ...layer.gradients, epsilon: 1e-5 });
  expect(device.plans[0].records.at(-1)).toMatchObject({ saved: { reserve: null } });
});
