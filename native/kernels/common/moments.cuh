// (count, mean, M2): the sums that variance is made of, and how two of them become one.
// M2 is the sum of squared distances from the mean. Never E[x²] − E[x]²: at |mean|/std = 1000 that
// loses every digit of a float.
#pragma once

#include <cstdint>

namespace bn {

// A number in two floats: hi is the nearest float, lo what is left. |mean|/std = 1e5 needs it.
struct TwoWords {
  float hi;
  float lo;
};

__host__ __device__ inline TwoWords splitWords(double value) {
  TwoWords words;
  words.hi = static_cast<float>(value);
  // An infinite or NaN value has nothing left over; inf − inf would make a NaN of it.
  const double rest = value - static_cast<double>(words.hi);
  words.lo = (rest - rest == 0.0) ? static_cast<float>(rest) : 0.0f;
  return words;
}

// Moments of values measured from a pivot: mean is small, so one float carries it.
struct Moments {
  float count;
  float mean;
  float m2;
};

// One block of values (count, mean, m2) joins the sums. An empty block changes nothing.
__device__ __forceinline__ void mergeInto(Moments& sums, float count, float mean, float m2) {
  const float total = sums.count + count;
  const float weight = count > 0.0f ? __fdividef(count, total) : 0.0f;
  const float delta = mean - sums.mean;
  sums.mean = fmaf(delta, weight, sums.mean);
  sums.m2 += fmaf(delta * delta, sums.count * weight, m2);
  sums.count = total;
}

// One value joins: Welford. weight is 1/(count after it), computed once for many sums of equal count.
__device__ __forceinline__ void addValue(float& mean, float& m2, float value, float weight) {
  const float delta = value - mean;
  mean = fmaf(delta, weight, mean);
  m2 = fmaf(delta * (1.0f - weight), delta, m2);
}

// The same in double with its own mean, for merging across warps, blocks and clusters.
struct WideMoments {
  double count;
  double mean;
  double m2;
};

__device__ __forceinline__ WideMoments mergeWide(const WideMoments& a, const WideMoments& b) {
  WideMoments all;
  all.count = a.count + b.count;
  if (b.count == 0.0) {
    return a;
  }
  const double delta = b.mean - a.mean;
  const double weight = b.count / all.count;
  all.mean = a.mean + delta * weight;
  all.m2 = a.m2 + b.m2 + delta * delta * a.count * weight;
  return all;
}

} // namespace bn
