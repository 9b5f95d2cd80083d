import { backward4, backwardOne } from "../backwardFormula";
import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";

/** dx (and dz) of columns [c0, c1) over chunk `k` of rows. With `fixed` the statistics do not depend on x. */
export function rowInputGradient<T>(call: Call, c0: u32, c1: u32, k: u32, fixed: bool): void {
  const plain = !call.relu && !call.dz && call.beta == 0;
  const rows = chunkLength(call, k);
  if (!plain) gradientRows<T>(call, c0, c1, k, 0, rows, fixed, true);
  else if (fixed) gradientRows<T>(call, c0, c1, k, 0, rows, true, false);
  else {
    const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
    const fours = vectors ? rows & ~3 : 0;
    if (fours) gradientFours<T>(call, c0, c0 + vectors, k, fours);
    if (fours) gradientRows<T>(call, c0 + vectors, c1, k, 0, fours, false, false);
    gradientRows<T>(call, c0, c1, k, fours, rows, false, false);
  }
}

/** Four rows at a time, so that what belongs to a column is loaded once for them. */
function gradientFours<T>(call: Call, c0: u32, c1: u32, k: u32, rows: u32): void {
  const stride = <usize>call.columns << shiftOf<T>();
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const slopes = call.slope;
  const offsets = call.offset;
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row += 4, place += 4 * stride) {
    const x = call.x + place;
    const dy = call.dy + place;
    const dx = call.dx + place;
    for (let column: usize = c0; column < c1; column += 4) {
      const p = column << columnShift<T>();
      const i = column << shiftOf<T>();
      const j = i + 2 * stride;
      const m = v128.load(means + p);
      const f = v128.load(factors + p);
      const s = v128.load(slopes + p);
      const o = v128.load(offsets + p);
      const v0 = backward4(load4<T>(dy + i), load4<T>(x + i), m, f, s, o);
      const v1 = backward4(load4<T>(dy + i + stride), load4<T>(x + i + stride), m, f, s, o);
      const v2 = backward4(load4<T>(dy + j), load4<T>(x + j), m, f, s, o);
      const v3 = backward4(load4<T>(dy + j + stride), load4<T>(x + j + stride), m, f, s, o);
      store4<T>(dx + i, v0);
      store4<T>(dx + i + stride, v1);
      store4<T>(dx + j, v2);
      store4<T>(dx + j + stride, v3);
    }
  }
}

/** `fixed` and `extras` (mask, dz, blending) are constants in the bare loops. */
// @ts-ignore: decorator
@inline
function gradientRows<T>(
  call: Call,
  c0: u32,
  c1: u32,
  k: u32,
  first: u32,
  last: u32,
  fixed: bool,
  extras: bool,
): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const beta = f32x4.splat(<f32>call.beta);
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const slopes = call.slope;
  const offsets = call.offset;
  let place = (<usize>(k * call.chunkSize + first) * call.columns) << shiftOf<T>();
  for (let row = first; row < last; row++, place += stride) {
    const x = call.x + place;
    const dy = call.dy + place;
    const dx = call.dx + place;
    const y = call.y + place;
    const dz = call.dz + place;
    let column = c0;
    if (sizeof<T>() < 8) {
      for (; column + 4 <= c1; column += 4) {
        const i = <usize>column << shiftOf<T>();
        const p = <usize>column << columnShift<T>();
        let g = load4<T>(dy + i);
        if (extras && call.relu) g = masked4(g, load4<T>(y + i));
        if (extras && call.dz) store4<T>(dz + i, g);
        const factor = v128.load(factors + p);
        let value = fixed
          ? f32x4.mul(factor, g)
          : backward4(
              g,
              load4<T>(x + i),
              v128.load(means + p),
              factor,
              v128.load(slopes + p),
              v128.load(offsets + p),
            );
        if (extras && call.beta != 0) {
          value = f32x4.add(value, f32x4.mul(beta, load4<T>(dx + i)));
        }
        store4<T>(dx + i, value);
      }
    }
    for (; column < c1; column++) {
      const i = <usize>column << shiftOf<T>();
      let g = loadOne<T>(dy + i);
      if (extras && call.relu) g = maskedOne(g, loadOne<T>(y + i));
      if (extras && call.dz) storeOne<T>(dz + i, g);
      const factor = loadColumn<T>(factors, column);
      let value = fixed
        ? factor * g
        : backwardOne(
            g,
            loadOne<T>(x + i),
            loadColumn<T>(means, column),
            factor,
            loadColumn<T>(slopes, column),
            loadColumn<T>(offsets, column),
          );
      if (extras && call.beta != 0) value += call.beta * loadOne<T>(dx + i);
      storeOne<T>(dx + i, value);
    }
  }
}
