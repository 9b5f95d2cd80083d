/** Division of numbers below 2^31 by multiply-high, add and shift: native/kernels/common/fastDivisor.h. */
export interface Divisor {
  readonly divisor: number;
  readonly magic: number;
  readonly shift: number;
}

/** Of 1 to 2^31 − 1: shift = ⌈log2 divisor⌉, magic = ⌊2^32 · (2^shift − divisor) / divisor⌋ + 1. */
export function divisorOf(divisor: number): Divisor {
  let shift = 0;
  while (2 ** shift < divisor) shift++;
  const [power, by] = [BigInt(2 ** shift), BigInt(divisor)];
  const magic = Number(((power - by) << 32n) / by + 1n);
  return { divisor, magic, shift };
}
