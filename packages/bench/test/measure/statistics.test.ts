import { expect, test } from "vitest";
import { median, quantile, spread } from "../../src/measure/statistics.ts";

test("the median of an odd and an even number of samples, in any order", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test("sorts by value, not by text, and leaves the samples alone", () => {
  const samples = [100, 9, 20];
  expect(median(samples)).toBe(20);
  expect(samples).toEqual([100, 9, 20]);
});

test("quantiles lie between neighbours", () => {
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(quantile([1, 2, 3], 0)).toBe(1);
  expect(quantile([1, 2, 3], 1)).toBe(3);
});

test("spread is the distance of the quartiles over the median", () => {
  expect(spread([1, 2, 3, 4, 5])).toBeCloseTo(2 / 3);
  expect(spread([5, 5, 5])).toBe(0);
});

test("no samples have no quantile", () => expect(() => median([])).toThrow(RangeError));
