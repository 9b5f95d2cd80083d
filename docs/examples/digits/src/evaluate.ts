import { setImmediate } from "node:timers/promises";
import { orderedBatches } from "./batches.js";
import type { Digits } from "./digits.js";
import type { Matrix } from "./matrix.js";
import type { Network } from "./network.js";

const BATCH_SIZE = 500;

export interface Evaluation {
  /** Share of the digits that the network recognises: 0 to 1. */
  readonly accuracy: number;
  /** The scores of all digits, one array per batch. */
  readonly scores: readonly Matrix[];
}

/** Runs inference: batch normalization uses its running statistics, so digits do not affect each other. */
export async function evaluate(
  network: Network,
  digits: Digits,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const all: Matrix[] = [];
  let right = 0;
  for (const { images, labels } of orderedBatches(digits, BATCH_SIZE)) {
    const scores = await network.forwardInference(images);
    right += countRight(scores, labels);
    all.push(scores.clone());
    // Lets Ctrl-C be heard.
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { accuracy: right / digits.count, scores: all };
}

function countRight({ columns, values }: Matrix, labels: Uint8Array): number {
  let right = 0;
  labels.forEach((label, row) => {
    if (indexOfLargest(values, row * columns, columns) === label) right++;
  });
  return right;
}

function indexOfLargest(values: Matrix["values"], start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}
