// y = alpha · act((x − mean) · invDeviation · scale + bias + z) + beta · y, for inference (statistics
// as mean and variance) and as the last step of a training forward (mean in two words, inverse deviation).
#pragma once

#include "../common/activation.cuh"
#include "../common/inverseDeviation.cuh"
#include "../params.h"
#include "sweep.cuh"

namespace bn {

/** A parameter's part in inference. Not folded to x · a + b: that loses digits where |mean| is large. */
template <typename A> struct InferenceCoefficients {
  A mean, invDeviation, scale, bias;

  InferenceCoefficients() = default;
  __device__ __forceinline__ InferenceCoefficients(const NormalizeParams& params, uint32_t parameter)
      : mean(*at<A>(params.mean, parameter)),
        invDeviation(inverseDeviation(*at<A>(params.spread, parameter), params.epsilon)),
        scale(*at<A>(params.scale, parameter)), bias(*at<A>(params.bias, parameter)) {}

  __device__ __forceinline__ A operator()(A x) const { return (x - mean) * invDeviation * scale + bias; }
};

/** The same with the statistics of the batch, whose mean has a second word. */
template <typename A> struct BatchCoefficients {
  A mean, meanLow, invDeviation, scale, bias;

  BatchCoefficients() = default;
  __device__ __forceinline__ BatchCoefficients(const NormalizeParams& params, uint32_t parameter)
      : mean(*at<A>(params.mean, parameter)),
        meanLow(params.meanLow == 0 ? A(0) : *at<A>(params.meanLow, parameter)),
        invDeviation(*at<A>(params.spread, parameter)), scale(*at<A>(params.scale, parameter)),
        bias(*at<A>(params.bias, parameter)) {}

  __device__ __forceinline__ A operator()(A x) const {
    return ((x - mean) - meanLow) * invDeviation * scale + bias;
  }
};

/** z, the activation and what is blended, for one element. */
template <typename A>
__device__ __forceinline__ A finished(const NormalizeParams& params, A normalized, A z, A old) {
  A value = normalized + z;
  if (params.flags & BN_RELU) value = rectified(value);
  return blended(value, static_cast<A>(params.alpha), static_cast<A>(params.beta), old);
}

/** `Elements` in params order; `MIXED`: a granule may span parameters; `BLEND`: z or beta may be there. */
template <typename Element, template <typename> class CoefficientsOf, bool MIXED, bool BLEND> struct Normalize {
  using T = Element;
  using A = Accumulator<T>;
  using Coefficients = CoefficientsOf<A>;
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int COEFFICIENTS = MIXED ? SIZE : 1;
#ifndef BN_VISITS
#define BN_VISITS 4
#endif
  static constexpr int VISITS = BLEND ? 2 : BN_VISITS;

  struct Granule {
    uint4 x;
    uint4 z;
    uint4 old;

    __device__ __forceinline__ void load(const NormalizeParams& params, uint64_t granule) {
      x = loadGranule(at<T>(params.x, granule * SIZE));
      if constexpr (BLEND) {
        if (params.z != 0) z = loadGranule(at<T>(params.z, granule * SIZE));
        if (params.beta != 0.0) old = loadGranule(at<T>(params.y, granule * SIZE));
      }
    }

    __device__ __forceinline__ void store(const NormalizeParams& params, uint64_t granule,
                                          const Coefficients (&coefficients)[COEFFICIENTS]) const {
      A values[SIZE];
      unpack<T>(x, values);
      A added[SIZE] = {};
      A before[SIZE] = {};
      if constexpr (BLEND) {
        if (params.z != 0) unpack<T>(z, added);
        if (params.beta != 0.0) unpack<T>(old, before);
      }
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        values[i] = finish(params, coefficients[MIXED ? i : 0](values[i]), added[i], before[i]);
      }
      storeGranule(at<T>(params.y, granule * SIZE), pack<T>(values));
    }
  };

  static __device__ __forceinline__ A finish(const NormalizeParams& params, A normalized, A z, A old) {
    if constexpr (BLEND) return finished(params, normalized, z, old);
    const A value = params.flags & BN_RELU ? rectified(normalized) : normalized;
    return static_cast<A>(params.alpha) * value;
  }

  static __device__ __forceinline__ void element(const NormalizeParams& params, uint64_t element,
                                                 const Coefficients& coefficients) {
    const A z = params.z == 0 ? A(0) : widen(*at<T>(params.z, element));
    const A old = params.beta == 0.0 ? A(0) : widen(*at<T>(params.y, element));
    const A value = finished(params, coefficients(widen(*at<T>(params.x, element))), z, old);
    *at<T>(params.y, element) = narrow<T>(value);
  }
};

} // namespace bn
