import { openHandler, type TensorSpec } from "@batchnorm/core";
import { afterAll, describe, expect, test } from "vitest";
import { bytesPerCall } from "../../../../tooling/testing/garbage.ts";
import { createLayer } from "../support/layer.ts";
import { standIn, standInBackend, standInMissing } from "../support/standIn.ts";

const small: TensorSpec = { dataType: "float32", format: "NCHW", dims: [4, 4, 2, 2] };

const SPECS: readonly (readonly [string, TensorSpec])[] = [
  ["float32 NCHW", small],
  ["float32 NHWC", { ...small, format: "NHWC" }],
  ["float16 rows", { ...small, dataType: "float16", dims: [8, 4] }],
  ["float64 NCHW", { ...small, dataType: "float64" }],
];

/** The functions called since the last orders. */
const calledFunctions = () =>
  Object.fromEntries(Object.entries(standIn.calls()).filter(([, count]) => count > 0));

/** Functions of the driver that take or give memory. */
const MEMORY = /^cuMem(Alloc|Free|HostAlloc|Pool)/;

afterAll(() => standIn.dispose());

describe.skipIf(standInMissing !== null)("in steady state, over the stand-in", () => {
  test.each(SPECS)(
    "no call of %s takes 200 bytes of heap, or a buffer",
    async (_, spec) => {
      const handler = await openHandler(standInBackend());
      const { calls } = createLayer(handler, spec);
      for (const call of Object.values(calls)) call();
      for (const [name, call] of Object.entries(calls)) {
        const { heap, buffers } = bytesPerCall(call, 500);
        expect(heap, name).toBeLessThan(200);
        expect(buffers, name).toBeLessThan(1);
        await handler.synchronize();
      }
      handler.dispose();
    },
    120_000,
  );

  test.each(SPECS)("no call of %s takes memory of the device, or a descriptor", async (_, spec) => {
    const handler = await openHandler(standInBackend());
    const { calls } = createLayer(handler, spec);
    for (let i = 0; i < 2; i++) for (const call of Object.values(calls)) call();
    await handler.synchronize();
    standIn.order("");
    for (let i = 0; i < 20; i++) for (const call of Object.values(calls)) call();
    await handler.synchronize();
    const called = Object.keys(calledFunctions());
    expect(called.some((name) => name.startsWith("cudnnBatchNormalization"))).toBe(true);
    expect(called.filter((name) => MEMORY.test(name) || name.includes("Descriptor"))).toEqual([]);
    handler.dispose();
  });

  test("a plain call is one call of cuDNN, and at most one of the driver", async () => {
    const handler = await openHandler(standInBackend());
    const { calls } = createLayer(handler, small);
    for (const call of Object.values(calls)) call();
    await handler.synchronize();
    standIn.order("");
    for (let i = 0; i < 10; i++) calls.forwardTraining();
    const { cuCtxGetCurrent: _, ...others } = calledFunctions();
    expect(others).toEqual({ cudnnBatchNormalizationForwardTraining: 10 });
    handler.dispose();
  });
});
