import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { forward4, forwardOne } from "../forwardFormula";
import { shiftOf } from "../lanes";

/** y of columns [c0, c1) over chunk `k` of rows. */
export function rowApply<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const blend = call.alpha != 1 || call.beta != 0;
  if (blend) applyChunk<T>(call, c0, c1, k, true, true);
  else if (call.z) applyChunk<T>(call, c0, c1, k, true, false);
  else applyChunk<T>(call, c0, c1, k, false, false);
}

/** `residual` and `blend` are constants where this is inlined, so that the common loops are bare. */
// @ts-ignore: decorator
@inline
function applyChunk<T>(call: Call, c0: u32, c1: u32, k: u32, residual: bool, blend: bool): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const floor: f64 = call.relu ? 0 : -Infinity;
  const f = f32x4.splat(<f32>floor);
  const alpha = f32x4.splat(<f32>call.alpha);
  const beta = f32x4.splat(<f32>call.beta);
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row++, place += stride) {
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
          v128.load(call.mean + p),
          v128.load(call.factor + p),
          v128.load(call.offset + p),
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
        loadColumn<T>(call.mean, column),
        loadColumn<T>(call.factor, column),
        loadColumn<T>(call.offset, column),
      );
      if (residual && call.z) value += call.alpha * loadOne<T>(z + i);
      value = max(value, floor);
      if (blend && call.beta != 0) value += call.beta * loadOne<T>(y + i);
      storeOne<T>(y + i, value);
    }
  }
}
