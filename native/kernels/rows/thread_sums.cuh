// What one thread sums over the rows of its vector: moments for the forward pass, gradients for backward.
#pragma once

#include <cstdint>

#include "../common/elements.cuh"
#include "joiners.cuh"

namespace bn {

constexpr uint32_t momentBlock = 32;   // values around one pivot
constexpr uint32_t gradientBlock = 64; // values added up before they join the larger sum

// Sums around a pivot that is one of the block's own values, so that cancellation costs at most a factor of
// the block's length; blocks join by Chan's formula. Means are kept relative to `origin`, the channel's
// first value in the tensor, which all threads of all blocks share: there one float carries them.
template <int E> class ThreadMoments {
public:
  __device__ __forceinline__ ThreadMoments() : count(0.0f), inBlock_(0.0f) {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      mean[e] = m2[e] = pivot_[e] = sum_[e] = square_[e] = 0.0f;
    }
  }

  // Nothing counts (the thread has no rows; what it added was not its own).
  __device__ __forceinline__ void forget() {
    count = 0.0f;
#pragma unroll
    for (int e = 0; e < E; ++e) {
      mean[e] = m2[e] = 0.0f;
    }
  }

  // The first value of a block becomes its pivot.
  __device__ __forceinline__ void start(const float (&values)[E]) {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      pivot_[e] = values[e];
    }
  }

  __device__ __forceinline__ void add(const float (&values)[E]) {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const float distance = values[e] - pivot_[e];
      sum_[e] += distance;
      square_[e] = fmaf(distance, distance, square_[e]);
    }
    inBlock_ += 1.0f;
  }

  __device__ __forceinline__ void endBlock(const float (&origin)[E]) {
    const float inverse = inBlock_ > 0.0f ? __fdividef(1.0f, inBlock_) : 0.0f;
    float weight, cross;
    joinWeights(count, inBlock_, weight, cross);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const float shift = sum_[e] * inverse;
      const float blockM2 = fmaf(-shift, sum_[e], square_[e]);
      const float blockMean = inBlock_ > 0.0f ? (pivot_[e] - origin[e]) + shift : 0.0f;
      MomentsJoiner::pair(mean[e], m2[e], blockMean, blockM2, weight, cross);
      sum_[e] = square_[e] = 0.0f;
    }
    count += inBlock_;
    inBlock_ = 0.0f;
  }

  float count;
  float mean[E];
  float m2[E];

private:
  float inBlock_;
  float pivot_[E];
  float sum_[E];
  float square_[E];
};

// (x − mean) · invStd of a channel: x minus the mean's high word is exact or nearly so, the low word comes
// in with the product.
struct Normaliser {
  float high;
  float inverse;
  float offset; // −low · inverse

  __device__ __forceinline__ float operator()(float x) const { return fmaf(x - high, inverse, offset); }
};

// Σ g and Σ g·x̂, in blocks so that long chains of additions stay exact enough.
template <int E> class ThreadGradients {
public:
  __device__ __forceinline__ ThreadGradients() {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      bias[e] = scale[e] = biasBlock_[e] = scaleBlock_[e] = 0.0f;
    }
  }

  __device__ __forceinline__ void add(const float (&gradient)[E], const float (&x)[E], const Normaliser (&normal)[E]) {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      biasBlock_[e] += gradient[e];
      scaleBlock_[e] = fmaf(gradient[e], normal[e](x[e]), scaleBlock_[e]);
    }
  }

  __device__ __forceinline__ void endBlock() {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      bias[e] += biasBlock_[e];
      scale[e] += scaleBlock_[e];
      biasBlock_[e] = scaleBlock_[e] = 0.0f;
    }
  }

  float bias[E];
  float scale[E];

private:
  float biasBlock_[E];
  float scaleBlock_[E];
};

} // namespace bn
