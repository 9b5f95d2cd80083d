import { expect, test } from "vitest";
import { openFake } from "../support/fakeDevice.ts";
import { collectGarbage } from "../support/garbage.ts";
import { layerOn } from "../support/layer.ts";

const CALLS = 5000;

/**
 * Bytes of heap a call takes: what `CALLS` of them add while nothing is collected. A collection or
 * a compilation in between spoils a round, never in favour of all rounds: the median counts.
 */
function bytesPerCall(call: () => void): number {
  const rounds = Array.from({ length: 9 }, () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) call();
    return (process.memoryUsage().heapUsed - before) / CALLS;
  });
  return rounds.sort((a, b) => a - b)[4];
}

const names = ["forwardTraining", "forwardInference", "backward", "backwardInference"] as const;

test.each(names)("%s takes under 200 bytes of heap, and no buffer", async (name) => {
  const { handler, device } = await openFake();
  const { ops, training, inference, gradients } = layerOn(handler);
  device.keepRecords = false;
  ops.forwardTraining(training);
  const calls = {
    forwardTraining: () => ops.forwardTraining(training),
    forwardInference: () => ops.forwardInference(inference),
    backward: () => ops.backward(gradients),
    backwardInference: () => ops.backwardInference(gradients),
  };
  const { arrayBuffers } = process.memoryUsage();
  expect(bytesPerCall(calls[name])).toBeLessThan(200);
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(arrayBuffers);
});

test("the measurement sees what it should: an object of 30 fields, a buffer of 1 kB", () => {
  const kept: unknown[] = [];
  const allocate = () => {
    kept[0] = new Array(30).fill(0);
  };
  expect(bytesPerCall(allocate)).toBeGreaterThan(200);
  const { arrayBuffers } = process.memoryUsage();
  kept[1] = new ArrayBuffer(1024);
  expect(process.memoryUsage().arrayBuffers).toBeGreaterThan(arrayBuffers);
});
