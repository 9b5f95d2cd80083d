import { type BatchNormMode, openHandler, type TensorSpec } from "@batchnorm/core";
import { afterAll, describe, expect, test } from "vitest";
import { createLayer } from "../support/layer.ts";
import { standIn, standInBackend, standInMissing } from "../support/standIn.ts";

const NOT_SUPPORTED = 3000;

interface Case {
  readonly name: string;
  readonly spec: TensorSpec;
  readonly mode: BatchNormMode;
  /** What is refused for the comparison, so that the next way is taken. */
  readonly refused: string;
  /** A word of the description. */
  readonly way: string;
}

const CASES: readonly Case[] = [
  {
    name: "perActivation in NHWC",
    mode: "perActivation",
    spec: { dataType: "float32", format: "NHWC", dims: [128, 8, 32, 64] },
    refused: "cudnnTransformTensor",
    way: "with the parameters in NHWC order",
  },
  {
    name: "float64 in NHWC",
    mode: "spatial",
    spec: { dataType: "float64", format: "NHWC", dims: [16, 8, 32, 32] },
    refused: "cudnnTransformTensor",
    way: "in NCHW and back",
  },
  {
    name: "inference of many small planes",
    mode: "spatial",
    spec: { dataType: "float16", format: "NCHW", dims: [100, 400, 1, 3] },
    refused: "cudnnAddTensor",
    way: "spread over the positions",
  },
  {
    name: "perActivation of many items",
    mode: "perActivation",
    spec: { dataType: "float32", format: "NCHW", dims: [200, 5, 3, 2] },
    refused: "cudnnBatchNormalizationForwardTrainingEx",
    way: "on images of one pixel",
  },
];

/** Everything that every kind of call leaves, and the description. */
async function resultsOf({ spec, mode, refused }: Case, refuses: boolean) {
  const handler = await openHandler(standInBackend());
  const { calls, results, ops } = createLayer(handler, spec, mode);
  standIn.order(refuses ? refusalOf(refused) : "");
  const kept: Record<string, ArrayLike<number>> = {};
  for (const [name, call] of Object.entries(calls)) {
    call();
    const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
    const all = { ...results, runningMean, runningVariance, savedMean, savedInvVariance };
    for (const [tensor, held] of Object.entries(all)) {
      kept[`${tensor} after ${name}`] = await held.read({ as: "float64" });
    }
  }
  const description = ops.describe();
  standIn.order("");
  handler.dispose();
  return { kept, description };
}

/** The first calls are refused; that is enough for a way to be given up for good. */
function refusalOf(name: string): string {
  return [1, 2, 3, 4].map((call) => `fail:${name}:${call}=${NOT_SUPPORTED}`).join(" ");
}

afterAll(() => standIn.dispose());

describe.skipIf(standInMissing !== null)("detours, over the stand-in", () => {
  test.each(CASES)(
    "$name: the same as without",
    async (one) => {
      const { kept, description } = await resultsOf(one, false);
      expect(description).toContain(one.way);
      const without = await resultsOf(one, true);
      expect(without.description).toContain("did not take the first choice");
      for (const [name, values] of Object.entries(kept)) {
        const wanted = without.kept[name];
        const worst = Array.from(values).reduce((most, value, i) => {
          const off = Math.abs(value - wanted[i]) / (1 + Math.abs(wanted[i]));
          return Math.max(off, most);
        }, 0);
        expect(worst, name).toBeLessThan(one.spec.dataType === "float16" ? 2e-3 : 1e-5);
      }
    },
    120_000,
  );

  test("more items than cuDNN infers at once: each as if it were alone", async () => {
    const spec: TensorSpec = {
      dataType: "float32",
      format: "NCHW",
      dims: [70_000, 2, 1, 2],
      strides: [5, 2, 2, 1],
    };
    const handler = await openHandler(standInBackend());
    const { x, y, calls, ops, scale, bias } = createLayer(handler, spec);
    calls.forwardInference();
    expect(ops.describe()).toContain("in pieces of 65535 items");
    const [given, got] = [await x.read(), await y.read()];
    const [s, b] = [await scale.read(), await bias.read()];
    for (const item of [0, 65_534, 65_535, 69_999]) {
      for (const [channel, position] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]) {
        const at = 5 * item + 2 * channel + position;
        const wanted = (given[at] / Math.sqrt(1 + 1e-5)) * s[channel] + b[channel];
        expect(got[at]).toBeCloseTo(wanted, 5);
      }
    }
    handler.dispose();
  }, 60_000);
});
