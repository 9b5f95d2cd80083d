import { describe, expect, test } from "vitest";
import {
  averagingFactorFromMomentum,
  type MomentumConvention,
  momentumFromAveragingFactor,
} from "../src/averaging.ts";
import { expectRefusal } from "./support/errors.ts";

/** The default momentum of each system, and the weight its new value has. */
const DEFAULTS: [MomentumConvention, number, number][] = [
  ["pytorch", 0.1, 0.1], // torch.nn.BatchNorm2d
  ["cudnn", 0.1, 0.1], // no default; exponentialAverageFactor is the weight of the new value
  ["onnx", 0.9, 0.1], // BatchNormalization-15
  ["keras", 0.99, 0.01], // keras.layers.BatchNormalization
  ["tensorflowjs", 0.99, 0.01], // tf.layers.batchNormalization
  ["flax", 0.99, 0.01], // flax.linen.BatchNorm
];

describe.each(DEFAULTS)("%s", (convention, momentum, factor) => {
  test(`momentum ${momentum} weighs the new value with ${factor}`, () => {
    expect(averagingFactorFromMomentum(convention, momentum)).toBeCloseTo(factor, 15);
    expect(momentumFromAveragingFactor(convention, factor)).toBeCloseTo(momentum, 15);
  });

  test("the ends are exact, and 0.5 is itself", () => {
    for (const convert of [averagingFactorFromMomentum, momentumFromAveragingFactor]) {
      const ends = [0, 1].map((value) => convert(convention, value));
      expect(ends).toEqual(momentum > 0.5 ? [1, 0] : [0, 1]);
      expect(convert(convention, 0.5)).toBe(0.5);
    }
  });

  test.each([[-0.1], [1.1], [Number.NaN], ["0.1"], [null], [undefined]])("refuses %o", (value) => {
    const from = () => averagingFactorFromMomentum(convention, value as number);
    const to = () => momentumFromAveragingFactor(convention, value as number);
    expectRefusal(from, "INVALID_ARGUMENT", "momentum");
    expectRefusal(to, "INVALID_ARGUMENT", "averagingFactor");
  });
});

test.each([["PyTorch"], ["tensorflow"], ["toString"], [""], [null], [undefined]])(
  "an unknown convention %o is refused",
  (convention) => {
    const run = () => averagingFactorFromMomentum(convention as MomentumConvention, 0.1);
    expectRefusal(run, "INVALID_ARGUMENT", "convention");
  },
);
