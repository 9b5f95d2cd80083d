import { Call, chunkLength, partialAt } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";
import { addPartials, clearPartials } from "../moments";

/** Rows summed in float32 before their sums move on to float64. */
const BLOCK: u32 = 16;

/** Σ dy and Σ dy · (x − mean) of columns [c0, c1) over chunk `k` of rows, dy as before the activation. */
export function rowGradientSums<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  let column = c0;
  if (sizeof<T>() < 8) {
    for (; column + 8 <= c1; column += 8) {
      if (call.relu) sums8<T>(call, column, k, true);
      else sums8<T>(call, column, k, false);
    }
  }
  for (; column < c1; column++) sumsOne<T>(call, column, k);
}

// @ts-ignore: decorator
@inline
function sums8<T>(call: Call, column: u32, k: u32, mask: bool): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const q = <usize>4 << shiftOf<T>();
  const p = <usize>column << columnShift<T>();
  const m0 = v128.load(call.mean + p);
  const m1 = v128.load(call.mean + p, 16);
  let place = (<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>();
  const partial = partialAt(call, k, column);
  clearPartials(partial, 8);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let p0 = s0;
    let p1 = s0;
    for (let left = min(BLOCK, rows - row); left; left--, place += stride) {
      let g0 = load4<T>(call.dy + place);
      let g1 = load4<T>(call.dy + place + q);
      if (mask) {
        g0 = masked4(g0, load4<T>(call.y + place));
        g1 = masked4(g1, load4<T>(call.y + place + q));
      }
      s0 = f32x4.add(s0, g0);
      s1 = f32x4.add(s1, g1);
      const d0 = f32x4.sub(load4<T>(call.x + place), m0);
      const d1 = f32x4.sub(load4<T>(call.x + place + q), m1);
      p0 = f32x4.add(p0, f32x4.mul(g0, d0));
      p1 = f32x4.add(p1, f32x4.mul(g1, d1));
    }
    addPartials(partial, s0, p0);
    addPartials(partial + 64, s1, p1);
  }
}

function sumsOne<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const mean = loadColumn<T>(call.mean, column);
  let place = (<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>();
  let sum: f64 = 0;
  let product: f64 = 0;
  for (let left = rows; left; left--, place += stride) {
    let g = loadOne<T>(call.dy + place);
    if (call.relu) g = maskedOne(g, loadOne<T>(call.y + place));
    sum += g;
    product += g * (loadOne<T>(call.x + place) - mean);
  }
  const partial = partialAt(call, k, column);
  store<f64>(partial, sum);
  store<f64>(partial, product, 8);
}
