// Elements in memory ↔ numbers. The element type is a type parameter: f32, f64, u16 for float16 bits
// and i16 for bfloat16 bits; each function compiles to the code of its type alone.

// @ts-ignore: decorator
@inline
export function loadOne<T>(ptr: usize): f64 {
  if (isFloat<T>()) return <f64>load<T>(ptr);
  if (isSigned<T>()) return <f64>reinterpret<f32>(<u32>load<u16>(ptr) << 16);
  return <f64>f32x4.extract_lane(widenFloat16(i32x4.splat(load<u16>(ptr))), 0);
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
  return widenFloat16(v128.load16x4_u(ptr));
}

/** Four elements of f32x4, rounded to nearest even; not for f64. */
// @ts-ignore: decorator
@inline
export function store4<T>(ptr: usize, value: v128): void {
  if (isFloat<T>()) v128.store(ptr, value);
  else if (isSigned<T>()) v128.store64_lane(ptr, pack16(narrowBfloat16(value)), 0);
  else v128.store64_lane(ptr, pack16(narrowFloat16(value)), 0);
}

/** The low halves of four i32 as eight u16, the four twice. */
// @ts-ignore: decorator
@inline
function pack16(bits: v128): v128 {
  return i16x8.narrow_i32x4_u(bits, bits);
}

/**
 * float16 bits in i32 lanes → f32x4. Exponent and fraction move into place and a multiplication by 2^112
 * repairs the exponent bias, subnormals included; Infinity and NaN get their exponent by a mask.
 */
// @ts-ignore: decorator
@inline
function widenFloat16(bits: v128): v128 {
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const scaled = f32x4.mul(magnitude, f32x4.splat(5.192296858534828e33));
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(scaled, special), sign);
}

/** f32x4 → bfloat16 bits: add half a unit (and the last bit kept, for ties), drop the lower half. */
// @ts-ignore: decorator
@inline
function narrowBfloat16(value: v128): v128 {
  const lastBit = v128.and(i32x4.shr_u(value, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(
    i32x4.add(value, i32x4.add(lastBit, i32x4.splat(0x7fff))),
    16,
  );
  return v128.bitselect(rounded, i32x4.splat(0x7fc0), f32x4.eq(value, value));
}

/**
 * f32x4 → float16 bits. Adding a power of two far above the value makes the addition itself round at
 * the last place that float16 keeps: 2^13 times the value's own power, at least that of the subnormals.
 */
// @ts-ignore: decorator
@inline
function narrowFloat16(value: v128): v128 {
  const sign = v128.and(i32x4.shr_u(value, 16), i32x4.splat(0x8000));
  // Anything from 65520 on is Infinity; without a bound the added power would itself overflow.
  const magnitude = f32x4.min(f32x4.abs(value), f32x4.splat(131072));
  const power = i32x4.max_s(
    v128.and(magnitude, i32x4.splat(0x7f800000)),
    i32x4.splat(0x38800000),
  );
  const magic = i32x4.add(power, i32x4.splat(13 << 23));
  const sum = f32x4.add(magnitude, magic);
  // The low bits of the sum hold the fraction, with the hidden bit, in units of the last place.
  const units = i32x4.sub(sum, magic);
  const exponent = i32x4.shr_u(i32x4.sub(power, i32x4.splat(0x38800000)), 13);
  const finite = i32x4.add(exponent, units);
  const overflow = i32x4.ge_s(finite, i32x4.splat(0x7c00));
  const limited = v128.bitselect(i32x4.splat(0x7c00), finite, overflow);
  // A NaN gets no sign: WebAssembly leaves it open, and results shall not depend on the machine.
  return v128.bitselect(v128.or(limited, sign), i32x4.splat(0x7e00), f32x4.eq(value, value));
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
