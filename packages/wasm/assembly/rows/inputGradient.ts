import { backward4, backwardOne } from "../backwardFormula";
import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, store8, storeOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";

/** dx (and dz) of columns [c0, c1) over chunk `k` of rows. With `fixed` the statistics do not depend on x. */
export function rowInputGradient<T>(call: Call, c0: u32, c1: u32, k: u32, fixed: bool): void {
  const plain = !call.relu && !call.dz && call.beta == 0;
  const rows = chunkLength(call, k);
  if (!plain) gradientRows<T>(call, c0, c1, k, 0, rows, fixed, true);
  else if (fixed) gradientRows<T>(call, c0, c1, k, 0, rows, true, false);
  else {
    const eights = sizeof<T>() < 8 ? (c1 - c0) & ~7 : 0;
    const whole = eights == 0 ? 0 : call.streaming ? rows : rows & ~1;
    if (whole && call.streaming) gradientBlocks<T, u8>(call, c0, c0 + eights, k, whole);
    else if (whole) gradientBlocks<T, u16>(call, c0, c0 + eights, k, whole);
    if (whole && c0 + eights < c1) {
      gradientRows<T>(call, c0 + eights, c1, k, 0, whole, false, false);
    }
    gradientRows<T>(call, c0, c1, k, whole, rows, false, false);
  }
}

/** Blocks of sizeof<Rows>() rows (2 or 1) by eight columns: what belongs to a column is loaded once. */
function gradientBlocks<T, Rows>(call: Call, c0: u32, c1: u32, k: u32, rows: u32): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const next: usize = 4 << shiftOf<T>();
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const slopes = call.slope;
  const offsets = call.offset;
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row += sizeof<Rows>(), place += sizeof<Rows>() * stride) {
    const x = call.x + place;
    const dy = call.dy + place;
    const dx = call.dx + place;
    for (let column: usize = c0; column < c1; column += 8) {
      const p = column << 2;
      const i = column << shiftOf<T>();
      const m = v128.load(means + p);
      const f = v128.load(factors + p);
      const s = v128.load(slopes + p);
      const o = v128.load(offsets + p);
      const m1 = v128.load(means + p, 16);
      const f1 = v128.load(factors + p, 16);
      const s1 = v128.load(slopes + p, 16);
      const o1 = v128.load(offsets + p, 16);
      const v0 = backward4(load4<T>(dy + i), load4<T>(x + i), m, f, s, o);
      const v1 = backward4(load4<T>(dy + i + next), load4<T>(x + i + next), m1, f1, s1, o1);
      store8<T>(dx + i, v0, v1);
      if (sizeof<Rows>() == 1) continue;
      const j = i + stride;
      const v2 = backward4(load4<T>(dy + j), load4<T>(x + j), m, f, s, o);
      const v3 = backward4(load4<T>(dy + j + next), load4<T>(x + j + next), m1, f1, s1, o1);
      store8<T>(dx + j, v2, v3);
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
  // In locals: a store might change the call, for all the compiler knows.
  const relu = call.relu;
  const residual = call.dz != 0;
  const beta = call.beta;
  const betas = f32x4.splat(<f32>beta);
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
        if (extras && relu) g = masked4(g, load4<T>(y + i));
        if (extras && residual) store4<T>(dz + i, g);
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
        if (extras && beta != 0) {
          value = f32x4.add(value, f32x4.mul(betas, load4<T>(dx + i)));
        }
        store4<T>(dx + i, value);
      }
    }
    for (; column < c1; column++) {
      const i = <usize>column << shiftOf<T>();
      let g = loadOne<T>(dy + i);
      if (extras && relu) g = maskedOne(g, loadOne<T>(y + i));
      if (extras && residual) storeOne<T>(dz + i, g);
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
      if (extras && beta != 0) value += beta * loadOne<T>(dx + i);
      storeOne<T>(dx + i, value);
    }
  }
}
