import { describe, expect, test, vi } from "vitest";
import { sameBits } from "./support/bits.ts";
import { createLayer, differences, type Layer, runEverything } from "./support/layer.ts";
import { openRig, queued } from "./support/rig.ts";
import { recordSpawn } from "./support/spawn.ts";

// What a browser's main thread runs, here with workers of Node.

const spec = { dataType: "float32", format: "NCHW", dims: [16, 32, 32, 32] } as const;

function train({ ops, x, y, scale, bias }: Layer): void {
  ops.forwardTraining({ x, y, scale, bias, averagingFactor: 0.5 });
}

test("never sleeps in the caller's thread", async () => {
  const wait = vi.spyOn(Atomics, "wait");
  const { handler } = await openRig(queued(3, recordSpawn().spawn));
  const layer = createLayer(handler, { spec });
  train(layer);
  await layer.y.read();
  await handler.synchronize();
  handler.dispose();
  expect(wait).not.toHaveBeenCalled();
  wait.mockRestore();
});

test("takes effect in the order of calls, however many are waiting", async () => {
  const { handler } = await openRig(queued(2, recordSpawn().spawn));
  const small = { dataType: "float32", format: "NCHW", dims: [2, 1, 2, 2] } as const;
  const layer = createLayer(handler, { spec: small });
  const { ops, x, y, scale, bias } = layer;
  await scale.write([1]);
  await bias.write([0]);
  const busy = createLayer(handler, { spec });
  for (let i = 0; i < 5; i++) train(busy);
  // Each step changes what the one before has left.
  const reads: Promise<unknown>[] = [];
  for (let i = 0; i < 20; i++) {
    const written = x.write([i, i, i, i, i, i, i, i]);
    ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 });
    reads.push(ops.runningMean.read(), written);
    const fresh = handler.createTensor(small, new Float32Array(8).fill(i));
    reads.push(fresh.read().then((values) => [values[7]]));
    fresh.dispose();
  }
  const results = (await Promise.all(reads)).filter((one) => one !== undefined);
  const expected = Array.from({ length: 20 }, (_, i) => [[i], [i]]).flat();
  expect(results.map((one) => [...(one as Float32Array)])).toEqual(expected);
  handler.dispose();
});

test("memory disposed while work is waiting is not used again too early", async () => {
  const { handler, heap } = await openRig(queued(2, recordSpawn().spawn));
  const layer = createLayer(handler, { spec });
  train(layer);
  const expected = await layer.y.read();
  const before = heap.used;
  const copies = Array.from({ length: 6 }, () => {
    const x = handler.createTensor(spec, layer.x.data as Float32Array);
    const y = handler.createTensor(spec);
    const { ops, scale, bias } = layer;
    ops.forwardTraining({ x, y, scale, bias, averagingFactor: 0.5 });
    x.dispose();
    const result = y.read();
    y.dispose();
    return result;
  });
  for (const result of await Promise.all(copies)) expect(sameBits(result, expected)).toBe(true);
  await handler.synchronize();
  expect(heap.used).toBe(before);
  handler.dispose();
});

test("dispose rejects what is waiting, ends every worker, and fails nothing", async () => {
  const { spawn, ended } = recordSpawn();
  const { handler, device } = await openRig(queued(3, spawn));
  const layer = createLayer(handler, { spec });
  for (let i = 0; i < 20; i++) train(layer);
  const waiting = [handler.synchronize(), layer.y.read(), layer.x.write(new Float32Array(524_288))];
  handler.dispose();
  for (const result of await Promise.allSettled(waiting)) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "DISPOSED" } });
  }
  await ended();
  expect(device.failure).toBeNull();
});

describe.each([
  ["the coordinator", 0],
  ["a helper", 1],
] as const)("%s dies", (_, index) => {
  test("with calls waiting: they are rejected, later ones are refused", async () => {
    const { spawn, workers } = recordSpawn();
    const { handler } = await openRig(queued(3, spawn));
    const layer = createLayer(handler, { spec });
    train(layer);
    const expected = await layer.y.read();
    workers[index].terminate();
    const results = Array.from({ length: 50 }, () => {
      train(layer);
      return layer.y.read().then(
        (y) => sameBits(y, expected),
        (error: { code: string }) => error.code,
      );
    });
    for (const result of await Promise.all(results)) {
      expect([true, "BACKEND_FAILURE", "HANDLER_FAILED"]).toContain(result);
    }
    await vi.waitFor(() => expect(() => handler.createTensor(spec)).toThrow());
    const refused = expect.objectContaining({
      code: "HANDLER_FAILED",
      cause: expect.objectContaining({ code: "BACKEND_FAILURE" }),
    });
    expect(() => train(layer)).toThrow(refused);
    await expect(layer.y.read()).rejects.toEqual(refused);
    await expect(handler.synchronize()).rejects.toEqual(refused);
    handler.dispose();
  });
});

test("an exception in the coordinator rejects what is waiting", async () => {
  const { spawn, workers } = recordSpawn();
  const { handler } = await openRig(queued(2, spawn));
  const layer = createLayer(handler, { spec });
  workers[0].postMessage(null);
  train(layer);
  await expect(layer.y.read()).rejects.toMatchObject({ code: "BACKEND_FAILURE" });
  expect(() => train(layer)).toThrow(expect.objectContaining({ code: "HANDLER_FAILED" }));
  handler.dispose();
});

test("everything at once gives what one thread gives", async () => {
  const one = await openRig();
  const { handler } = await openRig(queued(3, recordSpawn().spawn));
  const given = { spec: { ...spec, dims: [4, 19, 23, 29] } };
  const expected = await runEverything(one.handler, given);
  expect(differences(await runEverything(handler, given), expected)).toEqual([]);
  handler.dispose();
});
