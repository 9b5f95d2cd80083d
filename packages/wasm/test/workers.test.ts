import { isBatchNormError, openHandler } from "@batchnorm/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { wasm } from "../src/index.ts";
import * as control from "../src/threads/control.ts";
import type { Kernels } from "../src/threads/executor.ts";
import { sameBits } from "./support/bits.ts";
import { createLayer, type Layer } from "./support/layer.ts";
import { openRig, type Parts, threaded } from "./support/rig.ts";
import { recordSpawn } from "./support/spawn.ts";
import { assemble } from "./support/wat.ts";

/** Large enough for every step to be shared out. */
const spec = { dataType: "float32", format: "NCHW", dims: [16, 32, 32, 32] } as const;

function train({ ops, x, y, scale, bias }: Layer): void {
  ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 });
}

async function expectedOutput(): Promise<Float32Array> {
  const { handler } = await openRig();
  const layer = createLayer(handler, { spec });
  train(layer);
  const y = await layer.y.read({ as: "float32" });
  handler.dispose();
  return y;
}

/** Trains until the handler refuses, at most 300 times; before that, every result must be right. */
async function trainUntilRefused(layer: Layer): Promise<unknown> {
  const expected = await expectedOutput();
  for (let i = 0; i < 300; i++) {
    try {
      layer.y.data.fill(Number.NaN);
      train(layer);
    } catch (error) {
      return error;
    }
    if (!sameBits(layer.y.data, expected)) throw new Error(`a wrong result in call ${i}`);
    if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("nothing was refused");
}

/** Every use of the handler is refused with the lost thread as the cause. */
async function expectFailed({ ops, x, y, scale, bias }: Layer): Promise<void> {
  const refused = expect.objectContaining({
    code: "HANDLER_FAILED",
    message: expect.stringContaining("worker thread was lost"),
    cause: expect.objectContaining({ code: "BACKEND_FAILURE" }),
  });
  const { handler } = ops;
  expect(() => ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 })).toThrow(refused);
  expect(() => handler.createTensor(spec)).toThrow(refused);
  expect(() => y.data).toThrow(refused);
  await expect(y.read()).rejects.toEqual(refused);
  await expect(x.write(new Float32Array(x.descriptor.elementCount))).rejects.toEqual(refused);
  await expect(handler.synchronize()).rejects.toEqual(refused);
}

/** Time passes a thousand times faster for whoever waits for a lost thread. */
function hurry(): void {
  const start = Date.now();
  const { now } = Date;
  vi.spyOn(Date, "now").mockImplementation(() => start + 1000 * (now.call(Date) - start));
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** A module whose kernels trap. */
function trappingModule(): Promise<WebAssembly.Module> {
  return assemble(`(module
    (import "env" "memory" (memory 1 65536 shared))
    (func (export "run") (param i32 i32 i32 i32 i32) unreachable))`);
}

test("workers take part in the work", async () => {
  const runs: [phase: number, first: number, last: number][] = [];
  const spying = (parts: Parts) => {
    const kernels: Kernels = {
      ...parts.kernels,
      run(phase, dataType, call, first, last) {
        runs.push([phase, first, last]);
        parts.kernels.run(phase, dataType, call, first, last);
      },
    };
    return threaded(2, recordSpawn().spawn)({ ...parts, kernels });
  };
  const { handler } = await openRig(spying);
  const layer = createLayer(handler, { spec });
  const shares: number[] = [];
  for (let i = 0; i < 50; i++) {
    runs.length = 0;
    train(layer);
    shares.push(runs.reduce((sum, [, first, last]) => sum + last - first, 0));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // On a busy machine the caller may have to do all of it, but not always.
  expect(Math.min(...shares)).toBeLessThan(Math.max(...shares));
  handler.dispose();
});

describe("a worker that dies", () => {
  test("asleep: the next calls are refused", async () => {
    const { spawn, workers } = recordSpawn();
    const { handler } = await openRig(threaded(3, spawn));
    const layer = createLayer(handler, { spec });
    train(layer);
    await workers[1].terminate();
    await vi.waitFor(() => expect(() => handler.createTensor(spec)).toThrow());
    await expectFailed(layer);
    handler.dispose();
  });

  test("at any moment: results are right or refused, never wrong", async () => {
    hurry();
    for (let round = 0; round < 8; round++) {
      const { spawn, workers, ended } = recordSpawn();
      const { handler } = await openRig(threaded(3, spawn));
      const layer = createLayer(handler, { spec });
      for (let i = 0; i <= round; i++) train(layer);
      workers[0].terminate();
      const error = await trainUntilRefused(layer);
      expect(isBatchNormError(error), String(error)).toBe(true);
      await expectFailed(layer);
      handler.dispose();
      await ended();
    }
  }, 60_000);

  test("with claimed work in hand: the call itself is refused", async () => {
    hurry();
    const { spawn } = recordSpawn({
      source: () => `
        const { workerData } = require("node:worker_threads");
        Atomics.add(workerData.control, ${control.ACTIVE}, 1);
        Atomics.store(workerData.control, 15, 1);
        process.exit();`,
    });
    let shared: Int32Array | null = null;
    const { handler } = await openRig(
      threaded(2, (start, ...listeners) => {
        shared = start.control;
        return spawn(start, ...listeners);
      }),
    );
    const layer = createLayer(handler, { spec });
    // Blocks: so that the news of its end comes too late.
    while (Atomics.load(shared as unknown as Int32Array, 15) === 0);
    expect(() => train(layer)).toThrow(
      expect.objectContaining({
        code: "BACKEND_FAILURE",
        message: expect.stringMatching(/worker thread was lost: no answer/),
      }),
    );
    await expectFailed(layer);
    handler.dispose();
  });

  test("by an exception: the call is refused", async () => {
    const module = await trappingModule();
    const { spawn } = recordSpawn({ start: (start) => ({ ...start, module }) });
    const { handler } = await openRig(threaded(2, spawn));
    const layer = createLayer(handler, { spec });
    const error = await trainUntilRefused(layer);
    expect(error).toMatchObject({
      code: "BACKEND_FAILURE",
      message: expect.stringContaining("worker thread was lost"),
    });
    await expectFailed(layer);
    handler.dispose();
  });

  test("before it has begun: the handler is refused", async () => {
    const { spawn } = recordSpawn({ source: () => `throw new Error("no such luck")` });
    const { handler } = await openRig(threaded(2, spawn));
    const layer = createLayer(handler, { spec: { ...spec, dims: [2, 2] } });
    await vi.waitFor(() => expect(() => handler.createTensor(spec)).toThrow("no such luck"));
    await expectFailed(layer);
    handler.dispose();
  });

  test("does not touch other handlers", async () => {
    const { spawn, workers } = recordSpawn();
    const [broken, healthy] = [
      await openRig(threaded(2, spawn)),
      await openRig(threaded(2, recordSpawn().spawn)),
    ];
    await workers[0].terminate();
    await vi.waitFor(() => expect(() => broken.handler.createTensor(spec)).toThrow());
    const layer = createLayer(healthy.handler, { spec });
    train(layer);
    expect(sameBits(layer.y.data, await expectedOutput())).toBe(true);
    for (const { handler } of [broken, healthy]) handler.dispose();
  });
});

describe("dispose", () => {
  test.each([
    ["at once", 0],
    ["after work", 3],
  ])("%s ends every worker", async (_, calls) => {
    const { spawn, ended } = recordSpawn();
    const { handler, device } = await openRig(threaded(4, spawn));
    const layer = createLayer(handler, { spec });
    for (let i = 0; i < calls; i++) train(layer);
    handler.dispose();
    await ended();
    // Their end was asked for: nothing failed.
    expect(device.failure).toBeNull();
  });

  test("of many handlers ends all their workers", async () => {
    const recorded = Array.from({ length: 10 }, () => recordSpawn());
    for (const { spawn } of recorded) {
      const { handler } = await openRig(threaded(3, spawn));
      handler.dispose();
    }
    await Promise.all(recorded.map(({ ended }) => ended()));
  });
});

test("parked workers burn no processor time", async () => {
  const handler = await openHandler(wasm({ threads: 4 }));
  const layer = createLayer(handler, { spec });
  train(layer);
  const windows: number[] = [];
  // Whatever else this process does comes and goes; spinning workers would fill every window.
  for (let i = 0; i < 6; i++) {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { user, system } = process.cpuUsage(before);
    windows.push((user + system) / 1000);
  }
  expect(Math.min(...windows), `ms of ${windows}`).toBeLessThan(10);
  train(layer);
  handler.dispose();
});
