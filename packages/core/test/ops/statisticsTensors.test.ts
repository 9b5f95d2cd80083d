import { beforeEach, describe, expect, test } from "vitest";
import type { Ops } from "../../src/ops/ops.ts";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import type { SavedStatistics } from "../../src/ops/statistics.ts";
import { disposeSymbol } from "../../src/vocabulary/dispose.ts";
import { errorOf } from "../support/errors.ts";
import { type FakeDevice, type FakeMemory, openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

let device: FakeDevice;
let layer: ReturnType<typeof layerOn>;
let ops: Ops;

beforeEach(async () => {
  const fake = await openFake();
  device = fake.device;
  layer = layerOn(fake.handler);
  ops = layer.ops;
});

const names = ["runningMean", "runningVariance", "savedMean", "savedInvVariance"] as const;
const bytesOf = (memory: unknown) => [...(memory as FakeMemory).bytes];

describe.each(names)("%s", (name) => {
  test("refuses to be disposed by anyone but its ops", () => {
    const tensor = ops[name];
    for (const dispose of [() => tensor.dispose(), () => tensor[disposeSymbol]()]) {
      const error = errorOf(dispose);
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toMatch(/belongs to (an ops|saved statistics); dispose that instead$/);
    }
    expect(tensor.disposed).toBe(false);
  });

  test("is one tensor of the parameter descriptor, which can be read and written", async () => {
    expect(ops[name]).toBe(ops[name]);
    expect(ops[name].descriptor).toBe(ops.scaleBiasDescriptor);
    await ops[name].write([1, 2, 3]);
    expect(await ops[name].read()).toEqual(Float32Array.of(1, 2, 3));
  });

  test("may not be an output of a call", () => {
    const tensor = ops[name];
    const error = errorOf(() => ops.backward({ ...layer.gradients, dScale: tensor }));
    expect(error.code).toBe("OVERLAPPING_MEMORY");
  });

  test("ends with its ops", () => {
    const tensor = ops[name];
    ops.dispose();
    expect(tensor.disposed).toBe(true);
    expect(errorOf(() => ops[name]).code).toBe("DISPOSED");
  });

  test("needs stage", () => {
    const fresh = preStageSpatial(ops.handler);
    const error = errorOf(() => fresh[name]);
    expect(error.code).toBe("NOT_STAGED");
    expect(error.message).toBe(`Ops.${name}: call stage(x) first`);
  });
});

test("fresh running statistics are mean 0 and variance 1", async () => {
  expect(await ops.runningMean.read()).toEqual(new Float32Array(3));
  expect(await ops.runningVariance.read()).toEqual(Float32Array.of(1, 1, 1));
});

test("reset forgets them all: fresh ones come with the next stage", async () => {
  const old = names.map((name) => ops[name]);
  const extra = ops.createSaved();
  await ops.runningMean.write([1, 2, 3]);
  const live = device.live.length;
  ops.reset();
  expect(device.live).toHaveLength(live - 8);
  expect(old.every(({ disposed }) => disposed)).toBe(true);
  expect(extra.disposed).toBe(true);
  expect(errorOf(() => ops.forwardTraining(layer.training)).code).toBe("NOT_STAGED");
  expect(errorOf(() => ops.describe()).code).toBe("NOT_STAGED");

  ops.stage({ dataType: "float64", format: "NHWC", dims: [2, 5, 1, 1] });
  expect(ops.scaleBiasDescriptor.dims).toEqual([1, 5, 1, 1]);
  expect(await ops.runningMean.read()).toEqual(new Float64Array(5));
  ops.reset();
  ops.reset();
});

test("dispose frees all once; a second call, and one through Symbol.dispose, does nothing", () => {
  const extra = ops.createSaved();
  const before = device.live.length;
  ops.dispose();
  ops.dispose();
  ops[disposeSymbol]();
  extra.dispose();
  expect(device.live).toHaveLength(before - 8);
  expect(Math.max(...device.memories.map(({ disposals }) => disposals))).toBe(1);
  expect(errorOf(() => ops.stage(layer.spec)).message).toBe("Ops.stage: the ops was disposed");
});

describe("createSaved", () => {
  test("lets two forwards precede one backward", () => {
    const saved = ops.createSaved();
    const { training, gradients } = layer;
    ops.forwardTraining({ ...training, saved, epsilon: 0.5 });
    ops.forwardTraining(training);
    ops.backward({ ...gradients, saved });
    expect(device.plans[0].records.at(-1)).toMatchObject({ epsilon: 0.5, saved: saved.memory });
    ops.backward(gradients);
    expect(device.plans[0].records.at(-1)).toMatchObject({ epsilon: 1e-5 });
  });

  test("remembers what it was saved for, as plain frozen facts", () => {
    const saved = ops.createSaved();
    expect(saved.source).toBeNull();
    ops.forwardTraining({ ...layer.training, saved, epsilon: 0.5 });
    expect(saved.source).toEqual({ epsilon: 0.5, descriptor: layer.tensors.x.descriptor });
    expect(Object.isFrozen(saved.source)).toBe(true);
  });

  test("that no forward has filled is refused by backward", () => {
    const error = errorOf(() => ops.backward({ ...layer.gradients, saved: ops.createSaved() }));
    expect(error.code).toBe("SAVED_STATISTICS_MISMATCH");
  });

  test("can be disposed on its own, also by Symbol.dispose, and is refused afterwards", () => {
    const saved = ops.createSaved();
    const live = device.live.length;
    saved[disposeSymbol]();
    saved.dispose();
    expect(device.live).toHaveLength(live - 3);
    const error = errorOf(() => ops.forwardTraining({ ...layer.training, saved }));
    expect(error.code).toBe("DISPOSED");
    expect(error.message).toContain("Ops.forwardTraining: saved:");
    ops.dispose();
    expect(Math.max(...device.memories.map(({ disposals }) => disposals))).toBe(1);
  });

  test.each([
    ["of another ops", () => layerOn(ops.handler).ops.createSaved()],
    ["from before reset", savedBeforeReset],
    ["a look-alike", () => ({ mean: ops.savedMean, invVariance: ops.savedInvVariance })],
    ["null", () => null],
  ])("%s is refused", (_, make) => {
    const saved = make() as SavedStatistics;
    const error = errorOf(() => ops.forwardTraining({ ...layer.training, saved }));
    expect(error.code).toBe("HANDLER_MISMATCH");
    expect(error.details).toMatchObject({ call: "Ops.forwardTraining", argument: "saved" });
  });

  function savedBeforeReset(): SavedStatistics {
    const saved = ops.createSaved();
    ops.reset();
    ops.stage(layer.spec);
    return saved;
  }
});

describe("the low word of the saved mean", () => {
  test("is cleared by writing the mean, and by nothing else", async () => {
    const saved = ops.createSaved();
    const low = saved.meanLow?.memory as FakeMemory;
    const put = () => low.bytes.fill(7);
    put();
    await saved.invVariance.write([1, 2, 3]);
    await ops.runningMean.write([1, 2, 3]);
    await ops.savedMean.write([1, 2, 3]);
    expect(new Set(low.bytes)).toEqual(new Set([7]));
    device.log.length = 0;
    const written = saved.mean.write([1, 2, 3]);
    // In the order of calls: the mean first, then its low word, both before anything is awaited.
    expect(device.log).toEqual(["write", "initialize"]);
    await written;
    expect(bytesOf(low)).toEqual(new Array(12).fill(0));
  });

  test("is kept if the write is refused", async () => {
    const saved = ops.createSaved();
    const low = saved.meanLow?.memory as FakeMemory;
    low.bytes.fill(7);
    await expect(saved.mean.write([1])).rejects.toMatchObject({ code: "LENGTH_MISMATCH" });
    expect(new Set(low.bytes)).toEqual(new Set([7]));
  });

  test("does not exist for float64", () => {
    const { ops: wide } = layerOn(ops.handler, {}, "float64");
    expect(wide.createSaved().meanLow).toBeNull();
  });
});
