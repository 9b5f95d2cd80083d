// What is written once a channel, by one thread: running and saved statistics, gradients of the parameters.
#pragma once

#include <cstdint>

#include "../common/inverseDeviation.cuh"
#include "../common/moments.cuh"
#include "rows_params.h"

namespace bn {

template <typename T> __device__ __forceinline__ T* pointer(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

// running = (1 − f) · old + f · new; f = 1 overwrites, so an old NaN goes.
__device__ __forceinline__ float blendedRunning(float old, double value, double factor) {
  return static_cast<float>(factor == 1.0 ? value : fma(value - old, factor, static_cast<double>(old)));
}

// What the running statistics held, asked for early: memory is far away.
struct OldRunning {
  float mean;
  float variance;
};

template <typename Parameters>
__device__ __forceinline__ OldRunning readRunning(const Parameters& p, uint32_t channel) {
  OldRunning old = {};
  if (p.runningMean != 0) {
    old.mean = pointer<float>(p.runningMean)[channel];
  }
  if (p.runningVariance != 0) {
    old.variance = pointer<float>(p.runningVariance)[channel];
  }
  return old;
}

// What forward training leaves of one channel.
template <typename Parameters>
__device__ __forceinline__ void writeStatistics(const Parameters& p, uint32_t channel, double mean, double variance,
                                                const TwoWords& words, float inverse, const OldRunning& old) {
  if (p.savedMean != 0) {
    pointer<float>(p.savedMean)[channel] = words.hi;
  }
  if (p.savedMeanLow != 0) {
    pointer<float>(p.savedMeanLow)[channel] = words.lo;
  }
  if (p.savedInverse != 0) {
    pointer<float>(p.savedInverse)[channel] = inverse;
  }
  if (p.runningMean != 0) {
    pointer<float>(p.runningMean)[channel] = blendedRunning(old.mean, mean, p.averagingFactor);
  }
  if (p.runningVariance != 0) {
    const double fresh = variance * p.runningScale;
    pointer<float>(p.runningVariance)[channel] = blendedRunning(old.variance, fresh, p.averagingFactor);
  }
}

// out = alpha · value + beta · out; beta = 0 never reads.
__device__ __forceinline__ void blendParameter(uint64_t address, uint32_t channel, float value, float alpha,
                                               float beta) {
  if (address != 0) {
    float* out = pointer<float>(address) + channel;
    *out = beta == 0.0f ? alpha * value : fmaf(alpha, value, beta * *out);
  }
}

} // namespace bn
