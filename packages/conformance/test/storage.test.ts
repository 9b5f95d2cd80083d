import { bfloat16, float16, type NarrowFloat } from "@batchnorm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { round, truncate, ulp } from "../src/compare/storage.js";

const narrow: readonly (readonly ["float16" | "bfloat16", NarrowFloat])[] = [
  ["float16", float16],
  ["bfloat16", bfloat16],
];

/** Every exponent, and mantissas next to ties. */
const values = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -70_000, max: 70_000, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -150, max: 130 }), fc.integer({ min: -4096, max: 4096 }))
    .map(([exponent, mantissa]) => mantissa * 2 ** (exponent - 12)),
);

describe("round", () => {
  for (const [dataType, format] of narrow) {
    test(`${dataType} gives the value that core's bits stand for`, () => {
      const property = fc.property(values, (value) => {
        expect(round(dataType, value) + 0).toBe(format.decode(format.encode(value)) + 0);
      });
      fc.assert(property, { seed: 1, numRuns: 5000 });
    });
  }

  test("float32 is Math.fround, float64 the value itself", () => {
    expect(round("float32", 0.1)).toBe(Math.fround(0.1));
    expect(round("float64", 0.1)).toBe(0.1);
    expect(round("float16", Number.NaN)).toBeNaN();
  });
});

describe("ulp", () => {
  test("is the distance to the next value of the type", () => {
    const property = fc.property(fc.integer({ min: 0, max: 0x7bfe }), (bits) => {
      const [value, next] = [float16.decode(bits), float16.decode(bits + 1)];
      expect(ulp("float16", value)).toBe(next - value);
    });
    fc.assert(property, { seed: 1, numRuns: 2000 });
  });

  test("is right at powers of two and at zero", () => {
    expect(ulp("float32", 1)).toBe(2 ** -23);
    expect(ulp("float32", 1 - 2 ** -24)).toBe(2 ** -24);
    expect(ulp("float32", 0)).toBe(2 ** -149);
    expect(ulp("float64", -8)).toBe(2 ** -49);
    expect(ulp("float64", Number.MAX_VALUE)).toBe(2 ** 971);
  });
});

test("truncate goes towards zero", () => {
  expect(truncate("float16", 1 + 2 ** -10 - 2 ** -20)).toBe(1);
  expect(truncate("float16", -1 - 2 ** -10 + 2 ** -20)).toBe(-1);
  expect(truncate("float16", 3)).toBe(3);
});
