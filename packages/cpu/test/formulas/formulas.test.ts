import { describe, expect, test } from "vitest";
import {
  inputGradient,
  inputGradientOfFixed,
  parameterGradients,
} from "../../src/formulas/gradients.ts";
import type { Groups } from "../../src/formulas/groups.ts";
import { addResidual, maskGradient, normalize, relu } from "../../src/formulas/normalize.ts";
import {
  average,
  inverseStandardDeviation,
  moments,
  varianceCorrection,
} from "../../src/formulas/statistics.ts";

/**
 * Two samples of two channels with two positions each, worked out by hand.
 *
 * channel 0: x = 1, 3 | 5, 7    mean = 16/4 = 4        variance = (9 + 1 + 1 + 9)/4 = 5
 * channel 1: x = 0, 0 | 0, 8    mean = 8/4 = 2         variance = (4 + 4 + 4 + 36)/4 = 12
 *
 * With epsilon 4: invStd = 1/√9 = 1/3 and 1/√16 = 1/4, so
 * channel 0: x̂ = −1, −1/3 | 1/3, 1
 * channel 1: x̂ = −1/2, −1/2 | −1/2, 3/2
 */
const groups: Groups = { batch: 2, count: 2, inner: 2, size: 4 };
const x = Float64Array.of(1, 3, 0, 0, 5, 7, 0, 8);
const mean = Float64Array.of(4, 2);
const variance = Float64Array.of(5, 12);
const invStd = Float64Array.of(1 / 3, 1 / 4);
const zeros = (length = 2) => new Float64Array(length);

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 14);
}

describe("statistics", () => {
  test("moments: mean and biased variance", () => {
    const [m, v] = [zeros(), zeros()];
    moments(x, groups, m, v);
    expect(m).toEqual(mean);
    expect(v).toEqual(variance);
  });

  test("moments in two passes survive a mean that E[x²] − E[x]² would not", () => {
    const shifted = Float64Array.of(1e9 + 1, 1e9 + 3, 0, 0, 1e9 + 5, 1e9 + 7, 0, 8);
    const [m, v] = [zeros(), zeros()];
    moments(shifted, groups, m, v);
    expect(m).toEqual(Float64Array.of(1e9 + 4, 2));
    expect(v).toEqual(variance);
  });

  test("a NaN stays in its group", () => {
    const [m, v] = [zeros(), zeros()];
    moments(Float64Array.of(Number.NaN, 3, 0, 0, 5, 7, 0, 8), groups, m, v);
    expect(m).toEqual(Float64Array.of(Number.NaN, 2));
    expect(v).toEqual(Float64Array.of(Number.NaN, 12));
  });

  test("the inverse standard deviation has epsilon inside the root", () => {
    const inverse = zeros();
    inverseStandardDeviation(variance, 4, 2, inverse);
    expectClose(inverse, [1 / 3, 1 / 4]);
    inverseStandardDeviation(zeros(), 0, 2, inverse);
    expect([...inverse]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test("average weighs the new value with the factor", () => {
    const running = Float64Array.of(8, 100);
    average(running, mean, 0.25, 2); // 0.75 · 8 + 0.25 · 4, 0.75 · 100 + 0.25 · 2
    expectClose(running, [7, 75.5]);
  });

  test("average with factor 1 overwrites a NaN, and with factor 0 changes nothing", () => {
    const running = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY);
    average(running, mean, 1, 2);
    expect(running).toEqual(mean);
    average(running, Float64Array.of(9, 9), 0, 2);
    expect(running).toEqual(mean);
  });

  test("unbiased is m/(m − 1) of biased", () => {
    expect(varianceCorrection("unbiased", 4)).toBe(4 / 3);
    expect(varianceCorrection("biased", 4)).toBe(1);
  });
});

describe("normalization", () => {
  test("y = x̂ · scale + bias", () => {
    const y = zeros(8);
    normalize(x, groups, mean, invStd, Float64Array.of(3, 2), Float64Array.of(10, -1), y);
    // 3 · x̂ + 10 and 2 · x̂ − 1
    expectClose(y, [7, 9, -2, -2, 11, 13, -2, 2]);
  });

  test("y may be x", () => {
    const y = x.slice();
    normalize(y, groups, mean, invStd, Float64Array.of(3, 2), Float64Array.of(10, -1), y);
    expectClose(y, [7, 9, -2, -2, 11, 13, -2, 2]);
  });

  test("the residual is added to as many values as there are", () => {
    const values = Float64Array.of(1, 2, 3);
    addResidual(values, Float64Array.of(10, 20, 30), 2);
    expect(values).toEqual(Float64Array.of(11, 22, 3));
  });

  test("relu is max(value, 0), and NaN passes", () => {
    const values = Float64Array.of(-1, -0, 0, 2, Number.NaN, -1);
    relu(values, 5);
    expect(values).toEqual(Float64Array.of(0, -0, 0, 2, Number.NaN, -1));
  });

  test("the gradient passes where y is above 0 or NaN; at exactly 0 it is 0", () => {
    const gradient = Float64Array.of(1, 2, 3, 4, 5, 6);
    maskGradient(gradient, Float64Array.of(-1, 0, -0, 5e-324, Number.NaN, -1), 5);
    expect(gradient).toEqual(Float64Array.of(0, 0, 0, 4, 5, 6));
  });
});

describe("gradients", () => {
  // One gradient enters: that of the first value of channel 0. Channel 1 has 1 and −1 at its ends.
  const dy = Float64Array.of(1, 0, 1, 0, 0, 0, 0, -1);
  const scale = Float64Array.of(3, 2);

  test("dBias = Σ dy, dScale = Σ dy · x̂", () => {
    const [dScale, dBias] = [zeros(), zeros()];
    parameterGradients(x, dy, groups, mean, invStd, dScale, dBias);
    expectClose(dBias, [1, 0]);
    expectClose(dScale, [-1, -1 / 2 - 3 / 2]);
  });

  test("dx = scale · invStd · (dy − (dBias + x̂ · dScale)/m)", () => {
    const dx = zeros(8);
    const [dScale, dBias] = [Float64Array.of(-1, -2), Float64Array.of(1, 0)];
    inputGradient(x, dy, groups, mean, invStd, scale, dScale, dBias, dx);
    // channel 0, factor 3/3 = 1: 1 − (1 + 1)/4, −(1 + 1/3)/4, −(1 − 1/3)/4, −(1 − 1)/4
    // channel 1, factor 2/4: 1 − (−1/2)(−2)/4 = 3/4, −1/4, −1/4, −1 + (3/2)(2)/4 = −1/4
    expectClose(dx, [1 / 2, -1 / 3, 3 / 8, -1 / 8, -1 / 6, 0, -1 / 8, -1 / 8]);
  });

  test("dx may be dy, and sums to 0 in each group: a common shift of x changes nothing", () => {
    const dx = dy.slice();
    const [dScale, dBias] = [Float64Array.of(-1, -2), Float64Array.of(1, 0)];
    inputGradient(x, dx, groups, mean, invStd, scale, dScale, dBias, dx);
    expect(dx[0] + dx[1] + dx[4] + dx[5]).toBeCloseTo(0, 14);
    expect(dx[2] + dx[3] + dx[6] + dx[7]).toBeCloseTo(0, 14);
  });

  test("with fixed statistics dx = scale · invStd · dy, where dx may be dy", () => {
    const dx = dy.slice();
    inputGradientOfFixed(dx, groups, invStd, scale, dx);
    expectClose(dx, [1, 0, 1 / 2, 0, 0, 0, 0, -1 / 2]);
  });

  test("an empty group has parameter gradients of 0", () => {
    const [dScale, dBias] = [Float64Array.of(9, 9), Float64Array.of(9, 9)];
    const empty = { ...groups, batch: 0, size: 0 };
    parameterGradients(zeros(0), zeros(0), empty, mean, invStd, dScale, dBias);
    expect([...dScale, ...dBias]).toEqual([0, 0, 0, 0]);
  });
});
