/** What is timed. */
export const OPERATIONS = ["training", "backward", "inference"] as const;

export type Operation = (typeof OPERATIONS)[number];

/**
 * The least traffic of each operation, in tensors read or written: training reads x twice (its mean
 * must be known before anything can be written) and writes y; backward reads x and dy twice and
 * writes dx; inference reads x and writes y. A copy moves two.
 */
export const TENSORS_MOVED: Readonly<Record<Operation | "copy", number>> = {
  training: 3,
  backward: 5,
  inference: 2,
  copy: 2,
};
