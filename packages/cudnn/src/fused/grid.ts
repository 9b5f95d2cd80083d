/** Threads of a block in all generic kernels. */
export const THREADS = 256;

/** The kernels divide by multiplying, which is right below 2^31. */
export const MAX_COUNT = 2 ** 31 - 1;

/** Blocks that fill the device, with some to spare for an even end. */
const BLOCKS_PER_MULTIPROCESSOR = 8;

function blocksOf(multiprocessors: number): number {
  return multiprocessors * BLOCKS_PER_MULTIPROCESSOR;
}

/**
 * In how many parts a reduction of `length` steps is cut, and how long each is.
 * @param across Blocks side by side, each of which is cut.
 * @param least Steps of a part that are worth a block.
 */
export function splitOf(length: number, across: number, least: number, multiprocessors: number) {
  const wanted = Math.ceil(blocksOf(multiprocessors) / across);
  const most = Math.max(1, Math.floor(length / least));
  const perSplit = Math.max(1, Math.ceil(length / Math.min(wanted, most)));
  return { perSplit, splits: Math.max(1, Math.ceil(length / perSplit)) };
}

/** ⌈log2⌉, and 0 for 1 and less. */
export function shiftOf(value: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, value))));
}
