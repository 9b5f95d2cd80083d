// Sums across lanes, in float64.

// Flags that are constants in every function they pass through: types told apart by their size.
export type Yes = u16;
export type No = u8;

/** log2 of the size of an element. */
// @ts-ignore: decorator
@inline
export function shiftOf<T>(): usize {
  return alignof<T>();
}

/** The sum of sixteen float32 sums. */
// @ts-ignore: decorator
@inline
export function sum16(a: v128, b: v128, c: v128, d: v128): f64 {
  const ab = f64x2.add(
    f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(highHalf(a))),
    f64x2.add(f64x2.promote_low_f32x4(b), f64x2.promote_low_f32x4(highHalf(b))),
  );
  const cd = f64x2.add(
    f64x2.add(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(highHalf(c))),
    f64x2.add(f64x2.promote_low_f32x4(d), f64x2.promote_low_f32x4(highHalf(d))),
  );
  const all = f64x2.add(ab, cd);
  return f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
}

// @ts-ignore: decorator
@inline
export function highHalf(a: v128): v128 {
  return i64x2.shuffle(a, a, 1, 1);
}

/** The gradient before a ReLU: 0 where its stored output y is 0 or less; where y is NaN it passes. */
// @ts-ignore: decorator
@inline
export function masked4(dy: v128, y: v128): v128 {
  return v128.andnot(dy, f32x4.le(y, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
export function maskedOne(dy: f64, y: f64): f64 {
  return y <= 0 ? 0 : dy;
}

/** (x − mean) · invStd */
// @ts-ignore: decorator
@inline
export function normal4(x: v128, mean: v128, invStd: v128): v128 {
  return f32x4.mul(f32x4.sub(x, mean), invStd);
}
