// The backward of one parameter's elements: what is summed, and dx where the statistics are fixed.
#pragma once

#include "../common/activation.cuh"
#include "../common/elements.cuh"
#include "../common/inverseDeviation.cuh"
#include "../elementwise/stream.cuh"
#include "batches.cuh"
#include "genericParams.h"

namespace bn {

template <typename A> struct SumCoefficients {
  A mean, meanLow, invDeviation, scale;

  SumCoefficients() = default;
  __device__ __forceinline__ SumCoefficients(const GradientsWork& work, uint32_t parameter)
      : mean(*at<A>(work.mean, parameter)), meanLow(work.meanLow == 0 ? A(0) : *at<A>(work.meanLow, parameter)),
        scale(work.dx == 0 ? A(0) : *at<A>(work.scale, parameter)) {
    const A spread = *at<A>(work.spread, parameter);
    invDeviation = work.flags & BN_SPREAD_IS_VARIANCE ? inverseDeviation(spread, work.epsilon) : spread;
  }

  __device__ __forceinline__ A normalized(A x) const { return ((x - mean) - meanLow) * invDeviation; }

  /** dx with fixed statistics. */
  __device__ __forceinline__ A fixedGradient(const GradientsWork& work, A gradient, A old) const {
    return blended(gradient * invDeviation * scale, static_cast<A>(work.alpha), static_cast<A>(work.beta), old);
  }
};

/** Adds a batch; gradients of elements that do not count are 0. */
template <int COUNT, typename A>
__device__ __forceinline__ void addGradients(SumsPart& sums, const SumCoefficients<A>& coefficients,
                                             const A (&x)[COUNT], const A (&gradients)[COUNT], uint32_t live) {
  A products[COUNT];
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    products[i] = live >> i & 1u ? gradients[i] * coefficients.normalized(x[i]) : A(0);
  }
  sums.gradient += treeSum(gradients);
  sums.projection += treeSum(products);
}

} // namespace bn
