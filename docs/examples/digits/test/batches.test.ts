import { randomLcg } from "d3-random";
import { expect, test } from "vitest";
import { orderedBatches, shuffledBatches } from "../src/batches.ts";
import { type Digits, PIXELS } from "../src/digits.ts";

/** Digit i has label i and i inked pixels. */
const digits: Digits = {
  count: 10,
  pixels: Uint8Array.from({ length: 10 * PIXELS }, (_, i) =>
    i % PIXELS < Math.floor(i / PIXELS) ? 255 : 0,
  ),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
};

test("a round of shuffled batches shows each digit once, in another order each time", () => {
  const batches = shuffledBatches(digits, 5, randomLcg(1));
  const round = () => {
    const labels = [...batches.next().value.labels];
    return [...labels, ...batches.next().value.labels];
  };
  const [first, second] = [round(), round()];
  expect([...first].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...second].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(second).not.toEqual(first);
});

test("images belong to their labels", () => {
  const { images, labels } = shuffledBatches(digits, 10, randomLcg(1)).next().value;
  const ink = Array.from(labels, (_, row) => {
    const pixels = Array.from(images.values.subarray(row * PIXELS, (row + 1) * PIXELS));
    return pixels.filter((pixel) => pixel === 1).length;
  });
  expect(ink).toEqual([...labels]);
});

test("ordered batches end with what is left", () => {
  const labels = Array.from(orderedBatches(digits, 4), (batch) => [...batch.labels]);
  expect(labels).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
});
