// 1/sqrt(variance + epsilon), with epsilon as the float64 it was given.
#pragma once

namespace bn {

/** 1/sqrt of a variance that was computed in float64. */
__device__ __forceinline__ double inverseDeviation(double variance, double epsilon) {
  return 1.0 / sqrt(variance + epsilon);
}

/**
 * The same from a float32 variance, a few instructions long wherever the sum is an ordinary float32: the
 * approximate rsqrt and one Newton step, within 1 ULP. Elsewhere (1e-60 alone, infinity, NaN) in float64.
 */
__device__ __forceinline__ float inverseDeviation(float variance, double epsilon) {
  const float sum = static_cast<float>(static_cast<double>(variance) + epsilon);
  if (!(sum > 1e-30f && sum < 1e30f)) {
    return static_cast<float>(inverseDeviation(static_cast<double>(variance), epsilon));
  }
  const float guess = rsqrtf(sum);
  const float error = fmaf(-sum * guess, guess, 1.0f);
  return fmaf(0.5f * guess, error, guess);
}

} // namespace bn
