import { backward4, backwardOne } from "../backwardFormula";
import { Call, chunkLength } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, storeOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";

/** dx (and dz) of columns [c0, c1) over chunk `k` of rows. With `fixed` the statistics do not depend on x. */
export function rowInputGradient<T>(call: Call, c0: u32, c1: u32, k: u32, fixed: bool): void {
  const plain = !call.relu && !call.dz && call.beta == 0;
  if (!plain) gradientChunk<T>(call, c0, c1, k, fixed, true);
  else if (fixed) gradientChunk<T>(call, c0, c1, k, true, false);
  else gradientChunk<T>(call, c0, c1, k, false, false);
}

/** `fixed` and `extras` (mask, dz, blending) are constants in the bare loops. */
// @ts-ignore: decorator
@inline
function gradientChunk<T>(
  call: Call,
  c0: u32,
  c1: u32,
  k: u32,
  fixed: bool,
  extras: bool,
): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const beta = f32x4.splat(<f32>call.beta);
  let place = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  for (let row: u32 = 0; row < rows; row++, place += stride) {
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
        const factor = v128.load(call.factor + p);
        let value = fixed
          ? f32x4.mul(factor, g)
          : backward4(
              g,
              load4<T>(x + i),
              v128.load(call.mean + p),
              factor,
              v128.load(call.slope + p),
              v128.load(call.offset + p),
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
      const factor = loadColumn<T>(call.factor, column);
      let value = fixed
        ? factor * g
        : backwardOne(
            g,
            loadOne<T>(x + i),
            loadColumn<T>(call.mean, column),
            factor,
            loadColumn<T>(call.slope, column),
            loadColumn<T>(call.offset, column),
          );
      if (extras && call.beta != 0) value += call.beta * loadOne<T>(dx + i);
      storeOne<T>(dx + i, value);
    }
  }
}
