import { expect, test } from "vitest";
import { bytesPerCall } from "../../../../tooling/testing/garbage.ts";
import { openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

// Forced collections are slow on a busy machine.
const PATIENCE = 60_000;

const names = ["forwardTraining", "forwardInference", "backward", "backwardInference"] as const;

test.each(names)(
  "%s takes under 200 bytes of heap, and no buffer",
  async (name) => {
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
    const { heap, buffers } = bytesPerCall(calls[name]);
    expect(heap).toBeLessThan(200);
    expect(buffers).toBeLessThan(1);
  },
  PATIENCE,
);

test(
  "the measurement itself sees an array of 30 numbers, and a buffer of 64 bytes",
  () => {
    const kept: unknown[] = [];
    const ofArray = bytesPerCall(() => {
      kept[0] = new Array(30).fill(0);
    });
    expect(ofArray.heap).toBeGreaterThan(200);
    const ofBuffer = bytesPerCall(() => {
      kept[0] = new ArrayBuffer(64);
    });
    expect(ofBuffer.buffers).toBeGreaterThan(1);
  },
  PATIENCE,
);
