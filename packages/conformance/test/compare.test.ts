import { describe, expect, test } from "vitest";
import { expectClose } from "../src/compare/expectClose.js";
import { allowedError, type Precision } from "../src/compare/tolerance.js";
import type { Expected } from "../src/oracle/expected.js";

const y32: Precision = { dataType: "float32", kind: "output" };

function expected(value: number, magnitude: number, slack = 0): Expected {
  const one = (number: number) => Float64Array.of(number);
  return { values: one(value), magnitudes: one(magnitude), slack: one(slack) };
}

/** Whether this result passes. */
function passes(got: number, wanted: Expected, precision = y32): boolean {
  try {
    expectClose("value", [got], wanted, precision);
    return true;
  } catch {
    return false;
  }
}

describe("float32 outputs", () => {
  const ulpOf3 = 2 ** -22;

  test("are within 4 units of the channel's magnitude, not more", () => {
    expect(passes(1e-3 + 4 * ulpOf3, expected(1e-3, 3))).toBe(true);
    expect(passes(1e-3 + 4.1 * ulpOf3, expected(1e-3, 3))).toBe(false);
  });

  test("may be further off by what a permitted error of the mean adds", () => {
    expect(passes(1 + 1e-5, expected(1, 1, 1e-5))).toBe(true);
    expect(passes(1 + 1.1e-5, expected(1, 1, 1e-5))).toBe(false);
  });
});

test("gradients and statistics are measured against the magnitudes summed", () => {
  const gradient = { dataType: "float32", kind: "gradient" } as const;
  const statistic = { dataType: "float32", kind: "statistic" } as const;
  expect(passes(0.99e-4, expected(0, 100), gradient)).toBe(true);
  expect(passes(1.01e-4, expected(0, 100), gradient)).toBe(false);
  expect(passes(1.99e-4, expected(0, 100), statistic)).toBe(true);
  expect(passes(2.01e-4, expected(0, 100), statistic)).toBe(false);
});

test("float64 is 1e-12 of the magnitudes", () => {
  for (const kind of ["output", "gradient", "statistic"] as const) {
    expect(allowedError({ dataType: "float64", kind }, 1, 2, 0)).toBe(2e-12);
  }
});

test("16-bit results are within one unit of the rounded exact value", () => {
  const y16 = { dataType: "float16", kind: "output" } as const;
  const unit = 2 ** -10;
  expect(passes(1 + unit, expected(1, 1), y16)).toBe(true);
  expect(passes(1 + 2 * unit, expected(1, 1), y16)).toBe(false);
  // Where 1 ULP is less than what float32 arithmetic loses in a large channel.
  expect(passes(2 ** -24, expected(0, 1), y16)).toBe(true);
});

describe("non-finite values", () => {
  const { NaN: nan, POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;

  test("are equal by kind only", () => {
    const all = [nan, POSITIVE_INFINITY, NEGATIVE_INFINITY, 1];
    for (const got of all) {
      for (const wanted of all) {
        expect(passes(got, expected(wanted, 1)), `${got} for ${wanted}`).toBe(
          Object.is(got, wanted),
        );
      }
    }
  });

  test("a finite result may overflow its type, to the infinity of its sign", () => {
    const y16 = { dataType: "float16", kind: "output" } as const;
    expect(passes(POSITIVE_INFINITY, expected(1e6, 1e6), y16)).toBe(true);
    expect(passes(NEGATIVE_INFINITY, expected(-1e6, 1e6), y16)).toBe(true);
    expect(passes(NEGATIVE_INFINITY, expected(1e6, 1e6), y16)).toBe(false);
    expect(passes(65504, expected(1e6, 1e6), y16)).toBe(false);
    expect(passes(nan, expected(1e6, 1e6), y16)).toBe(false);
    expect(passes(POSITIVE_INFINITY, expected(6e4, 6e4), y16)).toBe(false);
  });
});

test("a failure says where, what, how far and how much was allowed", () => {
  const run = () =>
    expectClose("dx", [1, 2.5], { ...expected(1, 1), values: Float64Array.of(1, 2) }, y32);
  expect(run).toThrow(/^dx\[1\]: expected 2, got 2\.5/);
  expect(() => expectClose("dx", [], expected(1, 1), y32)).toThrow("expected 1 values, got 0");
});
