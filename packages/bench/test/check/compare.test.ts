import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeInputs } from "../../src/cases/inputs.ts";
import { findWrong } from "../../src/check/compare.ts";
import { expectedResults } from "../../src/check/expected.ts";
import { walk } from "../../src/check/walk.ts";
import { writeValues } from "../../src/protocol/files.ts";

const folder = mkdtempSync(join(tmpdir(), "batchnorm-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tensor = { shape: [2, 3, 2, 2], format: "NHWC", dataType: "float32" } as const;
const inputs = makeInputs(tensor, folder);
const expected = expectedResults(tensor, inputs);

/** The right y of inference, in storage order. */
function rightY(): Float32Array {
  const y = new Float32Array(24);
  walk(tensor, (index, channel) => {
    y[index] = expected.inference.y.at(index, channel);
  });
  return y;
}

function wrongWith(change: (y: Float32Array) => ArrayBufferView): string | null {
  writeValues(folder, "y", change(rightY()));
  return findWrong(tensor, expected.inference, folder);
}

test("storage order runs through the channels in NHWC, and along them in NCHW", () => {
  const channels = (format: "NCHW" | "NHWC") => {
    const seen: number[] = [];
    walk({ shape: [2, 2, 2], format, dataType: "float32" }, (index, channel) => {
      seen[index] = channel;
    });
    return seen;
  };
  expect(channels("NCHW")).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  expect(channels("NHWC")).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
});

test("expected values normalise: zero mean and unit variance without scale and bias", () => {
  const { mean, variance } = { mean: [0, 0, 0], variance: [0, 0, 0] };
  walk(tensor, (index, channel) => {
    const { at } = expected.training.y;
    const normal = (at(index, channel) - inputs.bias[channel]) / inputs.scale[channel];
    mean[channel] += normal / 8;
    variance[channel] += normal ** 2 / 8;
  });
  for (const value of mean) expect(value).toBeCloseTo(0, 10);
  for (const value of variance) expect(value).toBeCloseTo(1, 3);
});

test("gradients of x have no mean and no part along the normalised x", () => {
  const sums = [0, 0, 0];
  walk(tensor, (index, channel) => {
    sums[channel] += expected.backward.dx.at(index, channel);
  });
  for (const sum of sums) expect(sum).toBeCloseTo(0, 10);
});

describe("a result is", () => {
  test("right when it is", () => expect(wrongWith((y) => y)).toBeNull());

  test("wrong when one value is off", () => {
    expect(wrongWith((y) => y.fill(y[5] + 0.01, 5, 6))).toMatch(/^y: off by 0\.010/);
  });

  test("wrong with a NaN anywhere", () => {
    expect(wrongWith((y) => y.fill(Number.NaN, 7, 8))).toMatch(/^y: off by NaN/);
  });

  test("wrong in the other layout", () => expect(wrongWith((y) => y.reverse())).not.toBeNull());

  test("wrong when values lack", () => {
    expect(wrongWith((y) => y.subarray(1))).toBe("y: 23 values instead of 24");
  });
});
