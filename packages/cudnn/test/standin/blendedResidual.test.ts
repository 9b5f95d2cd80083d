import { openHandler, type TensorSpec } from "@batchnorm/core";
import { afterAll, describe, expect, test } from "vitest";
import { createLayer } from "../support/layer.ts";
import { standIn, standInBackend, standInMissing } from "../support/standIn.ts";

afterAll(() => standIn.dispose());

describe.skipIf(standInMissing !== null)("z with beta ≠ 0, over the stand-in", () => {
  test.each([
    ["float32", null],
    ["float64", null],
    ["float16", "UNSUPPORTED"],
    ["bfloat16", "UNSUPPORTED"],
  ] as const)("in %s: %s", async (dataType, code) => {
    const handler = await openHandler(standInBackend());
    const spec: TensorSpec = { dataType, format: "NCHW", dims: [4, 3, 2, 2] };
    const { ops, ...layer } = createLayer(handler, spec);
    const { x, y, z, scale, bias } = layer;
    const call = { x, y, z, scale, bias, beta: 0.5 };
    for (const run of [
      () => ops.forwardTraining({ ...call, averagingFactor: 0.1 }),
      () => ops.forwardInference(call),
    ]) {
      if (code === null) run();
      else expect(run).toThrow(expect.objectContaining({ code }));
    }
    await handler.synchronize();
    handler.dispose();
  });
});
