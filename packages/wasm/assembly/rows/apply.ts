import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, store8, storeOne } from "../element";
import { forward4, forwardOne } from "../forwardFormula";
import { shiftOf } from "../lanes";

/** y of columns [c0, c1) over chunk `k` of rows. */
export function rowApply<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const rows = chunkLength(call, k);
  if (call.alpha != 1 || call.beta != 0) applyRows<T>(call, c0, c1, k, 0, rows, true, true);
  else if (call.z) applyRows<T>(call, c0, c1, k, 0, rows, true, false);
  else {
    const eights = sizeof<T>() < 8 ? (c1 - c0) & ~7 : 0;
    const whole = eights == 0 ? 0 : call.streaming ? rows : rows & ~3;
    if (whole && call.streaming) applyBlocks<T, u8>(call, c0, c0 + eights, k, whole);
    else if (whole) applyBlocks<T, u32>(call, c0, c0 + eights, k, whole);
    if (whole && c0 + eights < c1) {
      applyRows<T>(call, c0 + eights, c1, k, 0, whole, false, false);
    }
    applyRows<T>(call, c0, c1, k, whole, rows, false, false);
  }
}

/** Blocks of sizeof<Rows>() rows (4 or 1) by eight columns: what belongs to a column is loaded once. */
function applyBlocks<T, Rows>(call: Call, c0: u32, c1: u32, k: u32, rows: u32): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const f = f32x4.splat(call.relu ? 0 : -Infinity);
  // In locals: a store might change the call, for all the compiler knows.
  const means = call.mean;
  const factors = call.factor;
  const offsets = call.offset;
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row += sizeof<Rows>(), place += sizeof<Rows>() * stride) {
    const x = call.x + place;
    const y = call.y + place;
    for (let column: usize = c0; column < c1; column += 8) {
      const p = column << 2;
      const a = column << shiftOf<T>();
      const m = v128.load(means + p);
      const factor = v128.load(factors + p);
      const offset = v128.load(offsets + p);
      const m1 = v128.load(means + p, 16);
      const factor1 = v128.load(factors + p, 16);
      const offset1 = v128.load(offsets + p, 16);
      applyEight<T>(x + a, y + a, m, factor, offset, m1, factor1, offset1, f);
      if (sizeof<Rows>() == 1) continue;
      const b = a + stride;
      const c = b + stride;
      const d = c + stride;
      applyEight<T>(x + b, y + b, m, factor, offset, m1, factor1, offset1, f);
      applyEight<T>(x + c, y + c, m, factor, offset, m1, factor1, offset1, f);
      applyEight<T>(x + d, y + d, m, factor, offset, m1, factor1, offset1, f);
    }
  }
}

/** Eight columns of one row. */
// @ts-ignore: decorator
@inline
function applyEight<T>(
  x: usize,
  y: usize,
  m: v128,
  factor: v128,
  offset: v128,
  m1: v128,
  factor1: v128,
  offset1: v128,
  floor: v128,
): void {
  const low = forward4(load4<T>(x), m, factor, offset);
  const high = forward4(load4<T>(x + (4 << shiftOf<T>())), m1, factor1, offset1);
  store8<T>(y, f32x4.pmax(low, floor), f32x4.pmax(high, floor));
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
  // In locals: a store might change the call, for all the compiler knows.
  const alpha = call.alpha;
  const beta = call.beta;
  const alphas = f32x4.splat(<f32>alpha);
  const betas = f32x4.splat(<f32>beta);
  const added = residual && call.z != 0;
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
        if (added) {
          const term = load4<T>(z + i);
          value = f32x4.add(value, blend ? f32x4.mul(alphas, term) : term);
        }
        value = f32x4.pmax(value, f);
        if (blend && beta != 0) value = f32x4.add(value, f32x4.mul(betas, load4<T>(y + i)));
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
      if (added) value += alpha * loadOne<T>(z + i);
      if (value < floor) value = floor;
      if (blend && beta != 0) value += beta * loadOne<T>(y + i);
      storeOne<T>(y + i, value);
    }
  }
}
