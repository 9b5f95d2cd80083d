// dx = factor · (dy + slope · (x − mean) + offset) + betaData · dx
//
// With factor = alphaData · scale · invStd, slope = −invStd · Σ dy x̂ / m and
// offset = −Σ dy / m − slope · low, since mean is one float32 word here and low what is left of it.
// The factor stays outside: invStd³ would leave the range of float32 for small x.
// Where the statistics are fixed, slope and offset are 0 and x is not read.

// @ts-ignore: decorator
@inline
export function backward4(
  dy: v128,
  x: v128,
  mean: v128,
  factor: v128,
  slope: v128,
  offset: v128,
): v128 {
  const fromMean = f32x4.add(f32x4.mul(slope, f32x4.sub(x, mean)), offset);
  return f32x4.mul(factor, f32x4.add(dy, fromMean));
}

// @ts-ignore: decorator
@inline
export function backwardOne(
  dy: f64,
  x: f64,
  mean: f64,
  factor: f64,
  slope: f64,
  offset: f64,
): f64 {
  return factor * (dy + (slope * (x - mean) + offset));
}
