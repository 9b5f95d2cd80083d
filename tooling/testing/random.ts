/** Reproducible numbers in [0, 1): mulberry32, by Tommy Ettinger, public domain. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` numbers between −spread and spread, around `center`. */
export function randoms(
  random: () => number,
  length: number,
  spread = 1,
  center = 0,
): Float64Array {
  return Float64Array.from({ length }, () => center + spread * (2 * random() - 1));
}
