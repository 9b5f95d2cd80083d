import { openHandler, preStageSpatial } from "@batchnorm/core";
import { expect, test } from "vitest";
import { bytesPerCall } from "../../../tooling/testing/garbage.ts";
import { cpu } from "../src/index.ts";

test.each(["float32", "float64", "float16"] as const)(
  "in steady state no call of %s takes 200 bytes of heap, or a buffer",
  async (dataType) => {
    const handler = await openHandler(cpu());
    const spec = { dataType, format: "NCHW", dims: [4, 3, 2, 2] } as const;
    const ops = preStageSpatial(handler);
    ops.stage(spec);
    const data = () => handler.createTensor(spec);
    const parameter = () => handler.createTensor(ops.scaleBiasDescriptor);
    const [x, y, dy, dx] = [data(), data(), data(), data()];
    const [scale, bias, dScale, dBias] = [parameter(), parameter(), parameter(), parameter()];
    const forward = { x, y, scale, bias, averagingFactor: 0.1 };
    const backward = { x, dy, dx, scale, dScale, dBias };
    const calls = {
      forwardTraining: () => ops.forwardTraining(forward),
      forwardInference: () => ops.forwardInference(forward),
      backward: () => ops.backward(backward),
      backwardInference: () => ops.backwardInference(backward),
    };
    for (const call of Object.values(calls)) call();
    for (const [name, call] of Object.entries(calls)) {
      const { heap, buffers } = bytesPerCall(call);
      expect(heap, name).toBeLessThan(200);
      expect(buffers, name).toBeLessThan(1);
    }
  },
  60_000, // forced collections are slow on a busy machine
);
