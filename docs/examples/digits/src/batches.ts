import { copyBinaryImage, type Digits, PIXELS } from "./digits.js";
import { Matrix } from "./matrix.js";

/** Some digits at once. The next batch uses the same memory. */
export interface Batch {
  readonly images: Matrix;
  readonly labels: Uint8Array;
}

/** Endless batches of digits in random order: each digit once, then all again in a new order. */
export function* shuffledBatches(
  digits: Digits,
  size: number,
  random: () => number,
): Generator<Batch, never> {
  const batch = createBatch(size);
  const order = Uint32Array.from({ length: digits.count }, (_, index) => index);
  while (true) {
    shuffle(order, random);
    // What is left over at the end stays out of this round.
    for (let first = 0; first + size <= order.length; first += size) {
      fillBatch(batch, digits, order.subarray(first, first + size));
      yield batch;
    }
  }
}

/** All digits in their order; the last batch may be smaller. */
export function* orderedBatches(digits: Digits, size: number): Generator<Batch> {
  let batch = createBatch(Math.min(size, digits.count));
  for (let first = 0; first < digits.count; first += size) {
    const count = Math.min(size, digits.count - first);
    if (count !== batch.images.rows) batch = createBatch(count);
    fillBatch(
      batch,
      digits,
      Uint32Array.from({ length: count }, (_, i) => first + i),
    );
    yield batch;
  }
}

function createBatch(size: number): Batch {
  return { images: new Matrix(size, PIXELS), labels: new Uint8Array(size) };
}

function fillBatch({ images, labels }: Batch, digits: Digits, indices: Uint32Array): void {
  indices.forEach((index, row) => {
    copyBinaryImage(digits, index, images, row);
    labels[row] = digits.labels[index];
  });
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}
