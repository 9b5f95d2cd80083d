import { highHalf } from "./lanes";

// Partial values: two f64 for each (chunk, column), first as sums, at the end as mean and M2.

/** Sums of d and d² with d = x − pivot → mean and M2 = Σ (x − mean)². */
// @ts-ignore: decorator
@inline
export function storeMoments(
  partial: usize,
  sum: f64,
  square: f64,
  pivot: f64,
  count: u32,
): void {
  const n = <f64>count;
  store<f64>(partial, pivot + sum / n);
  store<f64>(partial, max<f64>(square - (sum * sum) / n, 0), 8);
}

export function clearPartials(partial: usize, columns: usize): void {
  memory.fill(partial, 0, columns << 4);
}

/** Adds two float32 sums of each of `columns` (a multiple of 4) to their float64 sums. */
export function addPartials(partial: usize, first: usize, second: usize, columns: u32): void {
  for (let i: usize = 0; i < columns; i += 4, partial += 64) {
    const a = v128.load(first + (i << 2));
    const b = v128.load(second + (i << 2));
    const low = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const high = i32x4.shuffle(a, b, 2, 6, 3, 7);
    addPair(partial, low);
    addPair(partial + 16, highHalf(low));
    addPair(partial + 32, high);
    addPair(partial + 48, highHalf(high));
  }
}

// @ts-ignore: decorator
@inline
function addPair(partial: usize, pair: v128): void {
  v128.store(partial, f64x2.add(v128.load(partial), f64x2.promote_low_f32x4(pair)));
}
