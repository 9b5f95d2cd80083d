import { openHandler, type TensorSpec } from "@batchnorm/core";
import { expect, test } from "vitest";
import { bytesPerCall } from "../../../tooling/testing/garbage.ts";
import { wasm } from "../src/index.ts";
import { createLayer, type Layer } from "./support/layer.ts";
import { openRig, queued, threaded } from "./support/rig.ts";
import { recordSpawn } from "./support/spawn.ts";

const small = { dataType: "float32", format: "NCHW", dims: [4, 3, 2, 2] } as const;
/** Its steps are shared out to threads. */
const shared = { dataType: "float32", format: "NHWC", dims: [8, 16, 24, 24] } as const;

function callsOf({ ops, x, y, dy, dx, scale, bias, dScale, dBias }: Layer) {
  const forward = { x, y, scale, bias, averagingFactor: 0.1 };
  const backward = { x, dy, dx, scale, dScale, dBias };
  return {
    forwardTraining: () => ops.forwardTraining(forward),
    forwardInference: () => ops.forwardInference(forward),
    backward: () => ops.backward(backward),
    backwardInference: () => ops.backwardInference(backward),
  };
}

const cases: readonly (readonly [string, number, TensorSpec, number])[] = [
  ["float32", 2, small, 1000],
  ["float64", 1, { ...small, dataType: "float64" }, 1000],
  ["float16", 2, { ...small, dataType: "float16" }, 1000],
  ["float32 by two threads", 2, shared, 200],
];

test.each(cases)(
  "in steady state no call of %s takes 200 bytes of heap, or a buffer",
  async (_, threads, spec, calls) => {
    const handler = await openHandler(wasm({ threads }));
    const layer = createLayer(handler, { spec });
    const all = Object.entries(callsOf(layer));
    for (const [, call] of all) call();
    for (const [name, call] of all) {
      const { heap, buffers } = bytesPerCall(call, calls);
      expect(heap, name).toBeLessThan(200);
      expect(buffers, name).toBeLessThan(1);
    }
    handler.dispose();
  },
  60_000,
);

test.each([
  ["by one thread", undefined],
  ["by two threads", threaded(2, recordSpawn().spawn)],
  ["by two threads, queued", queued(2, recordSpawn().spawn)],
])("%s, calls leave no memory behind", async (_, createExecutor) => {
  const { handler, heap } = await openRig(createExecutor);
  const layers = [small, shared].map((spec) => createLayer(handler, { spec }));
  const calls = layers.flatMap((layer) => Object.values(callsOf(layer)));
  for (const call of calls) call();
  await handler.synchronize();
  const { used } = heap;
  const { buffer } = heap.memory;
  for (let i = 0; i < 200; i++) {
    for (const call of calls) call();
    if (i % 10 === 9) await handler.synchronize();
  }
  expect(heap.used).toBe(used);
  expect(heap.memory.buffer).toBe(buffer);
  handler.dispose();
});

test("a plan is made once for each descriptor, and its call never waits for one", async () => {
  const { handler, heap, device } = await openRig();
  const createPlan = device.createPlan.bind(device);
  let plans = 0;
  device.createPlan = (spec) => {
    plans++;
    return createPlan(spec);
  };
  const layer = createLayer(handler, { spec: small });
  expect(plans).toBe(1);
  const { used } = heap;
  for (let i = 0; i < 10; i++) for (const call of Object.values(callsOf(layer))) call();
  expect(plans).toBe(1);
  expect(heap.used).toBe(used);
  handler.dispose();
});
