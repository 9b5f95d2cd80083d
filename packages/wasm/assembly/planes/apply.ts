import { Call, chunkLength } from "../call";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { forward4, forwardOne } from "../forwardFormula";
import { shiftOf } from "../lanes";
import { planeOffset, runLength } from "./pieces";

/** y of one chunk of a column. */
export function planeApply<T>(call: Call, column: u32, k: u32): void {
  const blend = call.alpha != 1 || call.beta != 0;
  if (blend) applyChunk<T>(call, column, k, true, true);
  else if (call.z) applyChunk<T>(call, column, k, true, false);
  else applyChunk<T>(call, column, k, false, false);
}

/** `residual` and `blend` are constants where this is inlined, so that the common loops are bare. */
// @ts-ignore: decorator
@inline
function applyChunk<T>(call: Call, column: u32, k: u32, residual: bool, blend: bool): void {
  const first = k * call.chunkSize;
  const end = first + chunkLength(call, k);
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const offset = loadColumn<T>(call.offset, column);
  const floor: f64 = call.relu ? 0 : -Infinity;
  const m = f32x4.splat(<f32>mean);
  const a = f32x4.splat(<f32>factor);
  const b = f32x4.splat(<f32>offset);
  const f = f32x4.splat(<f32>floor);
  const alpha = f32x4.splat(<f32>call.alpha);
  const beta = f32x4.splat(<f32>call.beta);
  const next = column + call.groupColumns;
  const ahead = next < call.columns ? (<usize>call.groupColumns * call.inner) << shiftOf<T>() : 0;
  for (let e = first; e < end; ) {
    const length = runLength(call, e, end);
    const place = planeOffset<T>(call, column, e);
    const bytes = <usize>length << shiftOf<T>();
    const x = call.x + place;
    const y = call.y + place;
    const z = call.z + place;
    let i: usize = 0;
    if (sizeof<T>() < 8) {
      if (!residual && !blend) {
        const step: usize = 4 << shiftOf<T>();
        for (const unrolled = bytes & ~(4 * step - 1); i < unrolled; i += 4 * step) {
          v128.load(x + i + ahead);
          const v0 = forward4(load4<T>(x + i), m, a, b);
          const v1 = forward4(load4<T>(x + i + step), m, a, b);
          const v2 = forward4(load4<T>(x + i + 2 * step), m, a, b);
          const v3 = forward4(load4<T>(x + i + 3 * step), m, a, b);
          store4<T>(y + i, f32x4.max(v0, f));
          store4<T>(y + i + step, f32x4.max(v1, f));
          store4<T>(y + i + 2 * step, f32x4.max(v2, f));
          store4<T>(y + i + 3 * step, f32x4.max(v3, f));
        }
      }
      for (const whole = bytes & ~((4 << shiftOf<T>()) - 1); i < whole; i += 4 << shiftOf<T>()) {
        let value = forward4(load4<T>(x + i), m, a, b);
        if (residual && call.z) {
          const added = load4<T>(z + i);
          value = f32x4.add(value, blend ? f32x4.mul(alpha, added) : added);
        }
        value = f32x4.max(value, f);
        if (blend && call.beta != 0) value = f32x4.add(value, f32x4.mul(beta, load4<T>(y + i)));
        store4<T>(y + i, value);
      }
    }
    for (; i < bytes; i += sizeof<T>()) {
      let value = forwardOne(loadOne<T>(x + i), mean, factor, offset);
      if (residual && call.z) value += call.alpha * loadOne<T>(z + i);
      value = max(value, floor);
      if (blend && call.beta != 0) value += call.beta * loadOne<T>(y + i);
      storeOne<T>(y + i, value);
    }
    e += length;
  }
}
