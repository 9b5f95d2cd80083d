import { expect, test } from "vitest";
import { randomOf, randoms } from "../../../../tooling/testing/random.ts";
import { CompensatedSum } from "../../src/formulas/compensatedSum.ts";

function sumOf(values: Iterable<number>): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.value;
}

const naive = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

test("keeps what float64 addition drops", () => {
  // 1 is far below the last digit of 1e100; Kahan's sum loses it too, Neumaier's does not.
  const values = [1, 1e100, 1, -1e100];
  expect(naive(values)).toBe(0);
  expect(sumOf(values)).toBe(2);
});

test("keeps small values beside a large mean", () => {
  const values = [2 ** 53, ...new Array<number>(1000).fill(1)];
  expect(naive(values)).toBe(2 ** 53);
  expect(sumOf(values)).toBe(2 ** 53 + 1000);
});

test("does not depend on the order, where addition does", () => {
  const values = [...randoms(randomOf(1), 10_000, 1e8), ...randoms(randomOf(2), 10_000, 1e-8)];
  const sorted = [...values].sort((a, b) => a - b);
  expect(naive(sorted)).not.toBe(naive(values));
  expect(sumOf(sorted)).toBe(sumOf(values));
});

test("starts at 0, and again after clear", () => {
  const sum = new CompensatedSum();
  expect(sum.value).toBe(0);
  for (const value of [1e100, 1]) sum.add(value);
  sum.clear();
  sum.add(0.5);
  expect(sum.value).toBe(0.5);
});

test("passes on that something was not finite", () => {
  expect(sumOf([1, Number.NaN, 1])).toBeNaN();
  expect(Number.isFinite(sumOf([1, Number.POSITIVE_INFINITY]))).toBe(false);
  expect(sumOf([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBeNaN();
});
