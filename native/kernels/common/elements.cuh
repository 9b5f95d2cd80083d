// Element types of tensors, and how 16 bytes of them become numbers to calculate with and back.
#pragma once

#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace bn {

// Statistics, scale and bias have this type: float for float, half and bfloat16, double for double.
template <typename T> struct AccumulatorOf { using Type = float; };
template <> struct AccumulatorOf<double> { using Type = double; };
template <typename T> using Accumulator = typename AccumulatorOf<T>::Type;

// Elements in a granule: the 16 aligned bytes that one thread reads or writes at once.
template <typename T> constexpr int elementsPerGranule = 16 / static_cast<int>(sizeof(T));

__device__ __forceinline__ float widen(float value) { return value; }
__device__ __forceinline__ double widen(double value) { return value; }
__device__ __forceinline__ float widen(__half value) { return __half2float(value); }
__device__ __forceinline__ float widen(__nv_bfloat16 value) { return __bfloat162float(value); }

template <typename T> __device__ __forceinline__ T narrow(Accumulator<T> value);
template <> __device__ __forceinline__ float narrow<float>(float value) { return value; }
template <> __device__ __forceinline__ double narrow<double>(double value) { return value; }
template <> __device__ __forceinline__ __half narrow<__half>(float value) { return __float2half_rn(value); }
template <> __device__ __forceinline__ __nv_bfloat16 narrow<__nv_bfloat16>(float value) {
  return __float2bfloat16_rn(value);
}

// The larger of the two; NaN if one is.
__device__ __forceinline__ float maximumOrNaN(float a, float b) {
  float larger;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(larger) : "f"(a), "f"(b));
  return larger;
}

// 16 bytes -> elementsPerGranule<T> accumulator values.
template <typename T>
__device__ __forceinline__ void unpack(const uint4& bits, Accumulator<T> (&values)[elementsPerGranule<T>]);

template <> __device__ __forceinline__ void unpack<float>(const uint4& bits, float (&values)[4]) {
  values[0] = __uint_as_float(bits.x);
  values[1] = __uint_as_float(bits.y);
  values[2] = __uint_as_float(bits.z);
  values[3] = __uint_as_float(bits.w);
}

template <> __device__ __forceinline__ void unpack<double>(const uint4& bits, double (&values)[2]) {
  values[0] = __hiloint2double(static_cast<int>(bits.y), static_cast<int>(bits.x));
  values[1] = __hiloint2double(static_cast<int>(bits.w), static_cast<int>(bits.z));
}

__device__ __forceinline__ float2 unpackHalfPair(uint32_t word) {
  return __half22float2(*reinterpret_cast<const __half2*>(&word));
}

// A bfloat16 is the upper half of a float: a shift and a mask, no conversion unit.
__device__ __forceinline__ float2 unpackBfloatPair(uint32_t word) {
  return make_float2(__uint_as_float(word << 16), __uint_as_float(word & 0xffff0000u));
}

template <> __device__ __forceinline__ void unpack<__half>(const uint4& bits, float (&values)[8]) {
  const uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 pair = unpackHalfPair(words[i]);
    values[2 * i] = pair.x;
    values[2 * i + 1] = pair.y;
  }
}

template <> __device__ __forceinline__ void unpack<__nv_bfloat16>(const uint4& bits, float (&values)[8]) {
  const uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 pair = unpackBfloatPair(words[i]);
    values[2 * i] = pair.x;
    values[2 * i + 1] = pair.y;
  }
}

// The way back, each value correctly rounded (to nearest, ties to even).
template <typename T>
__device__ __forceinline__ uint4 pack(const Accumulator<T> (&values)[elementsPerGranule<T>]);

template <> __device__ __forceinline__ uint4 pack<float>(const float (&values)[4]) {
  return make_uint4(__float_as_uint(values[0]), __float_as_uint(values[1]), __float_as_uint(values[2]),
                    __float_as_uint(values[3]));
}

template <> __device__ __forceinline__ uint4 pack<double>(const double (&values)[2]) {
  return make_uint4(static_cast<uint32_t>(__double2loint(values[0])), static_cast<uint32_t>(__double2hiint(values[0])),
                    static_cast<uint32_t>(__double2loint(values[1])), static_cast<uint32_t>(__double2hiint(values[1])));
}

__device__ __forceinline__ uint32_t packHalfPair(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  return *reinterpret_cast<const uint32_t*>(&pair);
}

__device__ __forceinline__ uint32_t packBfloatPair(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const uint32_t*>(&pair);
}

template <> __device__ __forceinline__ uint4 pack<__half>(const float (&values)[8]) {
  return make_uint4(packHalfPair(values[0], values[1]), packHalfPair(values[2], values[3]),
                    packHalfPair(values[4], values[5]), packHalfPair(values[6], values[7]));
}

template <> __device__ __forceinline__ uint4 pack<__nv_bfloat16>(const float (&values)[8]) {
  return make_uint4(packBfloatPair(values[0], values[1]), packBfloatPair(values[2], values[3]),
                    packBfloatPair(values[4], values[5]), packBfloatPair(values[6], values[7]));
}

} // namespace bn
