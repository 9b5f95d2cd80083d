// Elements in memory ↔ numbers. The element type is a type parameter: f32, f64, u16 for float16 bits
// and i16 for bfloat16 bits; each function compiles to the code of its type alone.

// @ts-ignore: decorator
@inline
export function loadOne<T>(ptr: usize): f64 {
  if (isFloat<T>()) return <f64>load<T>(ptr);
  if (isSigned<T>()) return <f64>reinterpret<f32>(<u32>load<u16>(ptr) << 16);
  return <f64>f32x4.extract_lane(widenFloat16(i32x4.splat(load<i16>(ptr))), 0);
}

/** Rounds once, to nearest even. */
// @ts-ignore: decorator
@inline
export function storeOne<T>(ptr: usize, value: f64): void {
  if (isFloat<T>()) store<T>(ptr, <T>value);
  else if (isSigned<T>()) store<u16>(ptr, <u16>narrowOne(value, 8, -126, 0x7f80, 128));
  else store<u16>(ptr, <u16>narrowOne(value, 11, -14, 0x7c00, 16));
}

/** Four elements as f32x4; not for f64. */
// @ts-ignore: decorator
@inline
export function load4<T>(ptr: usize): v128 {
  if (isFloat<T>()) return v128.load(ptr);
  if (isSigned<T>()) return i32x4.shl(v128.load16x4_u(ptr), 16);
  return widenFloat16(v128.load16x4_s(ptr));
}

/** Four elements of f32x4, rounded to nearest even; not for f64. */
// @ts-ignore: decorator
@inline
export function store4<T>(ptr: usize, value: v128): void {
  if (isFloat<T>()) v128.store(ptr, value);
  else if (isSigned<T>()) v128.store64_lane(ptr, narrowBfloat16(value, value), 0);
  else v128.store64_lane(ptr, narrowFloat16(value, value), 0);
}

/** Eight elements of two f32x4, rounded to nearest even; not for f64. */
// @ts-ignore: decorator
@inline
export function store8<T>(ptr: usize, low: v128, high: v128): void {
  if (isFloat<T>()) {
    v128.store(ptr, low);
    v128.store(ptr, high, 16);
  } else if (isSigned<T>()) v128.store(ptr, narrowBfloat16(low, high));
  else v128.store(ptr, narrowFloat16(low, high));
}

/**
 * float16 bits, sign-extended in i32 lanes → f32x4. Exponent and fraction move into place and a
 * multiplication by 2^112 repairs the exponent bias, subnormals included; what comes out as 65536 or
 * more was Infinity or NaN, and gets that exponent.
 */
// @ts-ignore: decorator
@inline
function widenFloat16(bits: v128): v128 {
  const placed = v128.and(i32x4.shl(bits, 13), i32x4.splat(0x8fffe000));
  const scaled = f32x4.mul(placed, f32x4.splat(5.192296858534828e33));
  const magnitude = v128.and(scaled, i32x4.splat(0x7fffffff));
  const special = f32x4.ge(magnitude, f32x4.splat(65536));
  return v128.or(scaled, v128.and(special, i32x4.splat(0x7f800000)));
}

/** Two f32x4 → bfloat16 bits. A NaN stays one: those that get here have lower halves of 0, or nearly. */
// @ts-ignore: decorator
@inline
function narrowBfloat16(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_u(roundBfloat16(low), roundBfloat16(high));
}

/** Adds half a unit of the last place (and that place itself, for ties), and drops the lower half. */
// @ts-ignore: decorator
@inline
function roundBfloat16(value: v128): v128 {
  const lastBit = v128.and(i32x4.shr_u(value, 16), i32x4.splat(1));
  return i32x4.shr_u(i32x4.add(i32x4.add(value, i32x4.splat(0x7fff)), lastBit), 16);
}

/** Two f32x4 → float16 bits. */
// @ts-ignore: decorator
@inline
function narrowFloat16(low: v128, high: v128): v128 {
  const magnitude = i16x8.narrow_i32x4_u(roundFloat16(low), roundFloat16(high));
  const upper = i16x8.narrow_i32x4_s(i32x4.shr_s(low, 16), i32x4.shr_s(high, 16));
  const sign = v128.and(upper, i16x8.splat(i16.MIN_VALUE));
  const nan = i16x8.narrow_i32x4_s(f32x4.ne(low, low), f32x4.ne(high, high));
  return v128.or(v128.or(magnitude, sign), v128.and(nan, i16x8.splat(0x0200)));
}

/**
 * |f32x4| → float16 bits, NaN as Infinity. Adding a power of two far above the value makes the addition
 * itself round at the last place that float16 keeps: 2^13 times the value's own power, at least that of
 * the subnormals. From 65536 on all is Infinity, whose bits come out of 65536 itself.
 */
// @ts-ignore: decorator
@inline
function roundFloat16(value: v128): v128 {
  const magnitude = f32x4.pmin(
    f32x4.splat(65536),
    v128.and(value, i32x4.splat(0x7fffffff)),
  );
  const power = i32x4.max_s(
    v128.and(magnitude, i32x4.splat(0x7f800000)),
    i32x4.splat(0x38800000),
  );
  const magic = i32x4.add(power, i32x4.splat(13 << 23));
  // The low bits of the sum hold the fraction, with the hidden bit, in units of the last place.
  const units = i32x4.sub(f32x4.add(magnitude, magic), magic);
  return i32x4.add(i32x4.shr_u(i32x4.sub(power, i32x4.splat(0x38800000)), 13), units);
}

/** One f64 → bits of a 16-bit float with `digits` significant bits, rounding once to nearest even. */
function narrowOne(
  value: f64,
  digits: i32,
  minExponent: i32,
  infinity: i32,
  overflowExponent: i32,
): i32 {
  const bits = reinterpret<u64>(value);
  const sign = <i32>(bits >>> 63) << 15;
  if (value != value) return infinity | (1 << (digits - 2));
  const magnitude = abs(value);
  const exponent = max(<i32>((bits >>> 52) & 0x7ff) - 1023, minExponent);
  if (exponent >= overflowExponent) return sign | infinity;
  const unit = reinterpret<f64>(<u64>(exponent - digits + 1 + 1023) << 52);
  const units = <i32>nearest<f64>(magnitude / unit);
  return sign | (((exponent - minExponent) << (digits - 1)) + units);
}
