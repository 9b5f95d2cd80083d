import { BATCH_NORM_MODES, openHandler, TENSOR_FORMATS } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { cpu } from "../src/index.ts";
import { type Input, type Layer, layerOf, type Variant } from "./support/gradientCheck.ts";

/**
 * Every gradient against central differences in float64: with step h they are off by O(h²) and, by
 * rounding, about 1e-15/h, so that at 1e-5 eight digits must agree.
 */
const STEP = 1e-5;
const RTOL = 1e-7;
const ATOL = 1e-9;

/** Farther from relu's kink than a step can carry y. */
const MARGIN = 1e-3;

const VARIANTS: [string, Variant][] = [
  ["plain", { activation: "identity", residual: false, alpha: 1, beta: 0 }],
  ["alpha and beta", { activation: "identity", residual: false, alpha: 1.75, beta: -0.5 }],
  ["residual", { activation: "identity", residual: true, alpha: 1, beta: 0 }],
  ["relu", { activation: "relu", residual: false, alpha: 1, beta: 0 }],
  ["residual and relu", { activation: "relu", residual: true, alpha: 1, beta: 0 }],
];

describe.each(["training", "inference"] as const)("%s", (kind) => {
  describe.each(BATCH_NORM_MODES)("%s", (mode) => {
    describe.each(TENSOR_FORMATS)("%s", (format) => {
      test.each(VARIANTS)("%s", async (_, variant) => {
        const handler = await openHandler(cpu());
        const layer = await layerOf(handler, kind, mode, format, variant);
        const identity = { ...variant, activation: "identity" } as const;
        const unmasked = await (await layerOf(handler, kind, mode, format, identity)).output();
        expect(Math.min(...unmasked.map(Math.abs))).toBeGreaterThan(MARGIN);

        const gradients = await layer.gradients();
        const inputs: Input[] = variant.residual
          ? ["x", "scale", "bias", "z"]
          : ["x", "scale", "bias"];
        for (const input of inputs) await expectGradient(layer, input, gradients[input]);
        handler.dispose();
      });
    });
  });
});

async function expectGradient(layer: Layer, input: Input, gradient: Float64Array) {
  const own = layer.values[input];
  expect(gradient).toHaveLength(own.length);
  const moved = (index: number, step: number) =>
    layer.loss({ [input]: own.map((value, i) => (i === index ? value + step : value)) });
  for (let index = 0; index < own.length; index++) {
    const difference = (await moved(index, STEP)) - (await moved(index, -STEP));
    const numeric = difference / (2 * STEP);
    const error = Math.abs(gradient[index] - numeric);
    expect(error, `d${input}[${index}]: ${gradient[index]} for ${numeric}`).toBeLessThanOrEqual(
      ATOL + RTOL * Math.abs(numeric),
    );
  }
}

test("the check itself: a gradient that is off by 1e-5 is told apart", async () => {
  const handler = await openHandler(cpu());
  const variant = VARIANTS[0][1];
  const layer = await layerOf(handler, "training", "spatial", "NCHW", variant);
  const { x } = await layer.gradients();
  await expect(
    expectGradient(
      layer,
      "x",
      x.map((value) => value * (1 + 1e-5)),
    ),
  ).rejects.toThrow();
});
