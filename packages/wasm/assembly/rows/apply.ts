import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { forward4, forwardOne } from "../forwardFormula";
import { shiftOf } from "../lanes";

/** y of columns [c0, c1) over chunk `k` of rows. */
export function rowApply<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const rows = chunkLength(call, k);
  if (call.alpha != 1 || call.beta != 0) applyRows<T>(call, c0, c1, k, 0, rows, true, true);
  else if (call.z) applyRows<T>(call, c0, c1, k, 0, rows, true, false);
  else {
    const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
    const fours = vectors ? rows & ~3 : 0;
    if (fours) applyFours<T>(call, c0, c0 + vectors, k, fours);
    if (fours) applyRows<T>(call, c0 + vectors, c1, k, 0, fours, false, false);
    applyRows<T>(call, c0, c1, k, fours, rows, false, false);
  }
}

/** Four rows at a time, so that what belongs to a column is loaded once for them. */
function applyFours<T>(call: Call, c0: u32, c1: u32, k: u32, rows: u32): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const f = f32x4.splat(call.relu ? 0 : -Infinity);
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const offsets = call.offset;
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row += 4, place += 4 * stride) {
    const x = call.x + place;
    const y = call.y + place;
    for (let column: usize = c0; column < c1; column += 4) {
      const p = column << columnShift<T>();
      const a = column << shiftOf<T>();
      const b = a + stride;
      const c = b + stride;
      const d = c + stride;
      const m = v128.load(means + p);
      const factor = v128.load(factors + p);
      const offset = v128.load(offsets + p);
      store4<T>(y + a, f32x4.max(forward4(load4<T>(x + a), m, factor, offset), f));
      store4<T>(y + b, f32x4.max(forward4(load4<T>(x + b), m, factor, offset), f));
      store4<T>(y + c, f32x4.max(forward4(load4<T>(x + c), m, factor, offset), f));
      store4<T>(y + d, f32x4.max(forward4(load4<T>(x + d), m, factor, offset), f));
    }
  }
}

/** `residual` and `blend` are constants where this is inlined, so that the common loops are bare. */
// @ts-ignore: decorator
@inline
function applyRows<T>(
  call: Call,
  c0: u32,
  c1: u32,
  k: u32,
  first: u32,
  last: u32,
  residual: bool,
  blend: bool,
): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const floor: f64 = call.relu ? 0 : -Infinity;
  const f = f32x4.splat(<f32>floor);
  const alpha = f32x4.splat(<f32>call.alpha);
  const beta = f32x4.splat(<f32>call.beta);
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const offsets = call.offset;
  let place = (<usize>(k * call.chunkSize + first) * call.columns) << shiftOf<T>();
  for (let row = first; row < last; row++, place += stride) {
    const x = call.x + place;
    const y = call.y + place;
    const z = call.z + place;
    let column = c0;
    if (sizeof<T>() < 8) {
      for (; column + 4 <= c1; column += 4) {
        const i = <usize>column << shiftOf<T>();
        const p = <usize>column << columnShift<T>();
        let value = forward4(
          load4<T>(x + i),
          v128.load(means + p),
          v128.load(factors + p),
          v128.load(offsets + p),
        );
        if (residual && call.z) {
          const added = load4<T>(z + i);
          value = f32x4.add(value, blend ? f32x4.mul(alpha, added) : added);
        }
        value = f32x4.max(value, f);
        if (blend && call.beta != 0) value = f32x4.add(value, f32x4.mul(beta, load4<T>(y + i)));
        store4<T>(y + i, value);
      }
    }
    for (; column < c1; column++) {
      const i = <usize>column << shiftOf<T>();
      let value = forwardOne(
        loadOne<T>(x + i),
        loadColumn<T>(means, column),
        loadColumn<T>(factors, column),
        loadColumn<T>(offsets, column),
      );
      if (residual && call.z) value += call.alpha * loadOne<T>(z + i);
      value = max(value, floor);
      if (blend && call.beta != 0) value += call.beta * loadOne<T>(y + i);
      storeOne<T>(y + i, value);
    }
  }
}
