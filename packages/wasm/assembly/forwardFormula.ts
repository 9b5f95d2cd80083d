// y = activation((x − mean) · factor + offset + alpha · z) + beta · y
//
// mean is one float32 word here; with factor = alpha · scale · invStd, what is left of the mean is in
// offset = alpha · bias − low · factor. The difference comes first, so that a mean far larger than the
// standard deviation costs no digits. ReLU is max with 0, identity max with −Infinity; NaN passes max.

// @ts-ignore: decorator
@inline
export function forward4(x: v128, mean: v128, factor: v128, offset: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(x, mean), factor), offset);
}

// @ts-ignore: decorator
@inline
export function forwardOne(x: f64, mean: f64, factor: f64, offset: f64): f64 {
  return (x - mean) * factor + offset;
}
