import { Call, chunkLength } from "../call";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, store8, storeOne } from "../element";
import { forward4, forwardOne } from "../forwardFormula";
import { shiftOf } from "../lanes";
import { planeBytes, planeOffset, runLength } from "./pieces";

/** y of columns [c0, c1) over one chunk. */
export function planeApply<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const end = k * call.chunkSize + chunkLength(call, k);
  const step = planeBytes<T>(call);
  const blend = call.alpha != 1 || call.beta != 0;
  // Read while y is written: the next group's x is fetched meanwhile.
  const ahead = c1 + call.groupColumns <= call.columns ? <usize>call.groupColumns * step : 0;
  for (let e = k * call.chunkSize; e < end; ) {
    const length = runLength(call, e, end);
    let place = planeOffset<T>(call, c0, e);
    for (let column = c0; column < c1; column++, place += step) {
      if (blend) applyExtras<T>(call, column, place, length, true);
      else if (call.z) applyExtras<T>(call, column, place, length, false);
      else applyPiece<T>(call, column, place, length, ahead);
    }
    e += length;
  }
}

/** The bare form: neither residual nor blending. */
function applyPiece<T>(call: Call, column: u32, place: usize, length: u32, ahead: usize): void {
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const offset = loadColumn<T>(call.offset, column);
  const floor: f64 = call.relu ? 0 : -Infinity;
  let x = call.x + place;
  let y = call.y + place;
  const stop = x + (<usize>length << shiftOf<T>());
  if (sizeof<T>() < 8) {
    const m = f32x4.splat(<f32>mean);
    const a = f32x4.splat(<f32>factor);
    const b = f32x4.splat(<f32>offset);
    const f = f32x4.splat(<f32>floor);
    const step: usize = 4 << shiftOf<T>();
    for (; x + 4 * step <= stop; x += 4 * step, y += 4 * step) {
      v128.load(x + ahead);
      const v0 = forward4(load4<T>(x), m, a, b);
      const v1 = forward4(load4<T>(x + step), m, a, b);
      const v2 = forward4(load4<T>(x + 2 * step), m, a, b);
      const v3 = forward4(load4<T>(x + 3 * step), m, a, b);
      store8<T>(y, f32x4.pmax(v0, f), f32x4.pmax(v1, f));
      store8<T>(y + 2 * step, f32x4.pmax(v2, f), f32x4.pmax(v3, f));
    }
    for (; x + step <= stop; x += step, y += step) {
      store4<T>(y, f32x4.pmax(forward4(load4<T>(x), m, a, b), f));
    }
  }
  for (; x < stop; x += sizeof<T>(), y += sizeof<T>()) {
    const value = forwardOne(loadOne<T>(x), mean, factor, offset);
    storeOne<T>(y, value < floor ? floor : value);
  }
}

/** With a residual or blending; `blend` is a constant where this is inlined. */
// @ts-ignore: decorator
@inline
function applyExtras<T>(
  call: Call,
  column: u32,
  place: usize,
  length: u32,
  blend: bool,
): void {
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const offset = loadColumn<T>(call.offset, column);
  const floor: f64 = call.relu ? 0 : -Infinity;
  const m = f32x4.splat(<f32>mean);
  const a = f32x4.splat(<f32>factor);
  const b = f32x4.splat(<f32>offset);
  const f = f32x4.splat(<f32>floor);
  // In locals: a store might change the call, for all the compiler knows.
  const residual = call.z != 0;
  const alpha = call.alpha;
  const beta = call.beta;
  const alphas = f32x4.splat(<f32>alpha);
  const betas = f32x4.splat(<f32>beta);
  const x = call.x + place;
  const y = call.y + place;
  const z = call.z + place;
  const bytes = <usize>length << shiftOf<T>();
  const step: usize = 4 << shiftOf<T>();
  let i: usize = 0;
  if (sizeof<T>() < 8) {
    for (; i + step <= bytes; i += step) {
      let value = forward4(load4<T>(x + i), m, a, b);
      if (residual) {
        const added = load4<T>(z + i);
        value = f32x4.add(value, blend ? f32x4.mul(alphas, added) : added);
      }
      value = f32x4.pmax(value, f);
      if (blend && beta != 0) value = f32x4.add(value, f32x4.mul(betas, load4<T>(y + i)));
      store4<T>(y + i, value);
    }
  }
  for (; i < bytes; i += sizeof<T>()) {
    let value = forwardOne(loadOne<T>(x + i), mean, factor, offset);
    if (residual) value += alpha * loadOne<T>(z + i);
    if (value < floor) value = floor;
    if (blend && beta != 0) value += beta * loadOne<T>(y + i);
    storeOne<T>(y + i, value);
  }
}
