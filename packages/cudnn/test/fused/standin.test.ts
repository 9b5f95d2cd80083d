import { type BatchNormMode, type Handler, openHandler, type TensorSpec } from "@batchnorm/core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { paths } from "../../../../native/test/standin/index.mjs";
import { bytesPerCall } from "../../../../tooling/testing/garbage.ts";
import { cudnn } from "../../src/index.ts";
import { createLayer } from "../support/layer.ts";
import { builtKernels, standIn, standInMissing } from "../support/standIn.ts";

/** The stand-in launches kernels and computes nothing: what is tested is that they are launched as they may. */
const missing = standInMissing ?? builtKernels().reason;
const fused = () => cudnn({ ...paths, engine: "fused" });

const NCHW: TensorSpec = { dataType: "float32", format: "NCHW", dims: [4, 8, 3, 3] };
const SPECS: readonly (readonly [string, TensorSpec])[] = [
  ["NCHW", NCHW],
  ["NCHW in whole granules", { ...NCHW, dims: [4, 8, 4, 4] }],
  ["NHWC", { ...NCHW, format: "NHWC" }],
  ["NHWC, odd channels", { ...NCHW, format: "NHWC", dims: [4, 5, 3, 3] }],
  ["rows", { ...NCHW, dims: [32, 8] }],
  ["gaps", { ...NCHW, strides: [200, 20, 5, 1] } as TensorSpec],
  ["large", { ...NCHW, dims: [64, 64, 28, 28] }],
];
const TYPES = ["float32", "float64", "float16", "bfloat16"] as const;
const MODES: readonly BatchNormMode[] = ["spatial", "perActivation"];

const opened: Handler[] = [];

async function open(backend = fused()): Promise<Handler> {
  const handler = await openHandler(backend);
  opened.push(handler);
  return handler;
}

beforeEach(() => standIn.order("capability=90"));
afterEach(() => {
  standIn.order("");
  for (const handler of opened.splice(0)) handler.dispose();
  expect(standIn.alive()).toEqual({});
  expect(standIn.lastMisuse()).toBe("");
});
afterAll(() => standIn.dispose());

describe.skipIf(missing !== null)(`kernels of our own${missing ? ` (${missing})` : ""}`, () => {
  const cases = SPECS.flatMap(([name, spec]) =>
    TYPES.flatMap((dataType) => MODES.map((mode) => ({ name, mode, spec: { ...spec, dataType } }))),
  );

  test.each(cases)(
    "$name, $spec.dataType, $mode: every call is launched",
    async ({ spec, mode }) => {
      const handler = await open();
      const { calls } = createLayer(handler, spec, mode);
      for (const [name, call] of Object.entries(calls)) {
        const before = standIn.calls().cuLaunchKernelEx ?? 0;
        call();
        expect(standIn.calls().cuLaunchKernelEx ?? 0, name).toBeGreaterThan(before);
      }
      await handler.synchronize();
      const called = Object.entries(standIn.calls()).filter(([, count]) => count > 0);
      expect(called.filter(([name]) => name.startsWith("cudnnBatch"))).toEqual([]);
    },
  );

  test("no call takes 200 bytes of heap", async () => {
    const handler = await open();
    const { calls } = createLayer(handler, NCHW);
    for (const [name, call] of Object.entries(calls)) {
      // Whatever else the engine does at that moment is counted too: the least of some tries is the call's.
      const tries = Array.from({ length: 5 }, () => bytesPerCall(call, 500).heap);
      expect(Math.min(...tries), name).toBeLessThan(200);
      await handler.synchronize();
    }
  }, 60_000);

  test.each(["cuModuleLoadDataEx", "cuModuleGetFunction", "cuLaunchKernelEx"])(
    "%s fails: the error names it and the kernel, and the next call works",
    async (name) => {
      standIn.order(`capability=90 fail:${name}:1=1`);
      const handler = await open();
      const { calls } = createLayer(handler, NCHW);
      expect(calls.forwardTraining).toThrow(
        expect.objectContaining({
          code: "BACKEND_FAILURE",
          message: expect.stringMatching(new RegExp(`Ops.forwardTraining.*${name}`)),
        }),
      );
      calls.forwardTraining();
      await handler.synchronize();
    },
  );

  test("a GPU too old for them: fused says so, auto is cuDNN", async () => {
    standIn.order("capability=70");
    await expect(openHandler(fused())).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining("7.0"),
    });
    const handler = await open(cudnn(paths));
    expect(handler.capabilities.backwardInference).toBe(false);
  });
});
