import { Call, chunkLength } from "../call";
import { backward4, backwardOne } from "../backwardFormula";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";
import { planeOffset, runLength } from "./pieces";

/** dx (and dz) of one chunk of a column. With `fixed` the statistics do not depend on x. */
export function planeInputGradient<T>(call: Call, column: u32, k: u32, fixed: bool): void {
  const plain = !call.relu && !call.dz && call.beta == 0;
  if (!plain) gradientChunk<T>(call, column, k, fixed, true);
  else if (fixed) gradientChunk<T>(call, column, k, true, false);
  else gradientChunk<T>(call, column, k, false, false);
}

/** `fixed` and `extras` (mask, dz, blending) are constants in the bare loops. */
// @ts-ignore: decorator
@inline
function gradientChunk<T>(call: Call, column: u32, k: u32, fixed: bool, extras: bool): void {
  const first = k * call.chunkSize;
  const end = first + chunkLength(call, k);
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const slope = loadColumn<T>(call.slope, column);
  const offset = loadColumn<T>(call.offset, column);
  const m = f32x4.splat(<f32>mean);
  const a = f32x4.splat(<f32>factor);
  const s = f32x4.splat(<f32>slope);
  const b = f32x4.splat(<f32>offset);
  const beta = f32x4.splat(<f32>call.beta);
  for (let e = first; e < end; ) {
    const length = runLength(call, e, end);
    const place = planeOffset<T>(call, column, e);
    const bytes = <usize>length << shiftOf<T>();
    const x = call.x + place;
    const dy = call.dy + place;
    const dx = call.dx + place;
    const y = call.y + place;
    const dz = call.dz + place;
    let i: usize = 0;
    if (sizeof<T>() < 8) {
      for (const whole = bytes & ~((4 << shiftOf<T>()) - 1); i < whole; i += 4 << shiftOf<T>()) {
        let g = load4<T>(dy + i);
        if (extras && call.relu) g = masked4(g, load4<T>(y + i));
        if (extras && call.dz) store4<T>(dz + i, g);
        let value = fixed ? f32x4.mul(a, g) : backward4(g, load4<T>(x + i), m, a, s, b);
        if (extras && call.beta != 0) {
          value = f32x4.add(value, f32x4.mul(beta, load4<T>(dx + i)));
        }
        store4<T>(dx + i, value);
      }
    }
    for (; i < bytes; i += sizeof<T>()) {
      let g = loadOne<T>(dy + i);
      if (extras && call.relu) g = maskedOne(g, loadOne<T>(y + i));
      if (extras && call.dz) storeOne<T>(dz + i, g);
      let value = fixed
        ? factor * g
        : backwardOne(g, loadOne<T>(x + i), mean, factor, slope, offset);
      if (extras && call.beta != 0) value += call.beta * loadOne<T>(dx + i);
      storeOne<T>(dx + i, value);
    }
    e += length;
  }
}
