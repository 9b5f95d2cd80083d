// Sums over the lanes of a warp in a fixed order: the same bits on every run.
#pragma once

#include <cstdint>

#include "moments.cuh"

namespace bn {

constexpr uint32_t wholeWarp = 0xffffffffu;

template <typename T> __device__ __forceinline__ T warpSum(T value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(wholeWarp, value, distance);
  }
  return value;
}

// Moments of all lanes, measured from one pivot that all lanes share. First the mean, then the squares
// around it: no division a step, and no cancellation.
__device__ __forceinline__ Moments warpMerge(const Moments& mine) {
  Moments all;
  all.count = warpSum(mine.count);
  const float sum = warpSum(mine.count * mine.mean);
  all.mean = all.count > 0.0f ? sum / all.count : 0.0f;
  const float delta = mine.mean - all.mean;
  all.m2 = warpSum(fmaf(mine.count * delta, delta, mine.m2));
  return all;
}

// The same in double, for parts that have pivots of their own.
__device__ __forceinline__ WideMoments warpMerge(const WideMoments& mine) {
  WideMoments all;
  all.count = warpSum(mine.count);
  const double sum = warpSum(mine.count * mine.mean);
  all.mean = all.count > 0.0 ? sum / all.count : 0.0;
  const double delta = mine.mean - all.mean;
  all.m2 = warpSum(mine.m2 + mine.count * delta * delta);
  return all;
}

// A sum with the part that rounding cut off, for long chains of additions.
struct Compensated {
  float sum;
  float rest;
};

__device__ __forceinline__ void addTo(Compensated& total, float value) {
  const float sum = total.sum + value;
  const float shown = sum - total.sum;
  total.rest += (total.sum - (sum - shown)) + (value - shown);
  total.sum = sum;
}

} // namespace bn
