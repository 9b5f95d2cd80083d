// How sums of parts of a channel become sums of all of it.
#pragma once

#include <cstdint>

namespace bn {

// Sums of some rows of one channel. Moments: mean (in two words) and M2; gradients: Σg (high) and Σg·x̂ (m2).
struct Part {
  float high;
  float low;
  float m2;
  float count;
};

// Joins moments around a mean that one of them has: the distances are small, so one float carries them,
// there is one division at the end instead of one a step, and what several threads joined around the same
// mean is added up.
class MomentsJoiner {
public:
  __device__ __forceinline__ explicit MomentsJoiner(const Part& reference)
      : high_(reference.high), low_(reference.low), sums_(make_float4(0.0f, 0.0f, 0.0f, 0.0f)) {}

  __device__ __forceinline__ void add(const Part& part) {
    const float distance = (part.high - high_) + (part.low - low_), weighted = part.count * distance;
    add(make_float4(weighted, weighted * distance, part.m2, part.count));
  }

  // Σ n·d, Σ n·d², Σ M2, Σ n.
  __device__ __forceinline__ const float4& sums() const { return sums_; }
  __device__ __forceinline__ void add(const float4& sums) {
    sums_.x += sums.x;
    sums_.y += sums.y;
    sums_.z += sums.z;
    sums_.w += sums.w;
  }

  __device__ __forceinline__ Part result() const {
    const float shift = sums_.w > 0.0f ? __fdividef(sums_.x, sums_.w) : 0.0f;
    Part all;
    all.high = high_ + shift;
    all.low = (high_ - all.high) + shift + low_; // shift is the smaller, or else low does not matter
    all.m2 = sums_.z + fmaf(-shift, sums_.x, sums_.y);
    all.count = sums_.w;
    return all;
  }

  // Two lanes of a warp. weight = b/(a+b), cross = a·b/(a+b).
  __device__ __forceinline__ static void pair(float& mean, float& m2, float otherMean, float otherM2, float weight,
                                              float cross) {
    const float delta = otherMean - mean;
    mean = fmaf(delta, weight, mean);
    m2 += fmaf(delta * delta, cross, otherM2);
  }

private:
  float high_, low_;
  float4 sums_;
};

// Joins plain sums.
class SumsJoiner {
public:
  __device__ __forceinline__ explicit SumsJoiner(const Part&) : sums_(make_float4(0.0f, 0.0f, 0.0f, 0.0f)) {}
  __device__ __forceinline__ void add(const Part& part) { add(make_float4(part.high, 0.0f, part.m2, 0.0f)); }
  __device__ __forceinline__ const float4& sums() const { return sums_; }
  __device__ __forceinline__ void add(const float4& sums) {
    sums_.x += sums.x;
    sums_.z += sums.z;
  }
  __device__ __forceinline__ Part result() const { return {sums_.x, 0.0f, sums_.z, 0.0f}; }
  __device__ __forceinline__ static void pair(float& a, float& b, float otherA, float otherB, float, float) {
    a += otherA;
    b += otherB;
  }

private:
  float4 sums_;
};

__device__ __forceinline__ void joinWeights(float countA, float countB, float& weight, float& cross) {
  weight = countB > 0.0f ? __fdividef(countB, countA + countB) : 0.0f;
  cross = countA * weight;
}

} // namespace bn
