/** Random numbers that depend on a seed only. */
export interface Random {
  /** From 0 to 1, 1 excluded. */
  uniform(): number;
  between(least: number, most: number): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

/** Source of the generator: mulberry32 by Tommy Ettinger, 2017, public domain. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  function uniform(): number {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    uniform,
    between: (least, most) => least + (most - least) * uniform(),
    // Box and Muller, 1958; 1 − uniform is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
