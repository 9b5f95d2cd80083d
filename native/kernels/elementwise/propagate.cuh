// dx = alpha · (g − Σg/m − x̂ · Σ(g·x̂)/m) · invDeviation · scale + beta · dx, the last step of backward;
// g is dy where the stored output is positive.
#pragma once

#include "../common/activation.cuh"
#include "sweep.cuh"

namespace bn {

/** The factors stay apart: invDeviation · scale may leave the range that their product with g stays in. */
template <typename A> struct GradientCoefficients {
  A mean, meanLow, invDeviation, scale, meanGradient, meanProjection;

  GradientCoefficients() = default;
  __device__ __forceinline__ GradientCoefficients(const PropagateParams& params, uint32_t parameter)
      : mean(*at<A>(params.mean, parameter)),
        meanLow(params.meanLow == 0 ? A(0) : *at<A>(params.meanLow, parameter)),
        invDeviation(*at<A>(params.invDeviation, parameter)), scale(*at<A>(params.scale, parameter)),
        meanGradient(*at<A>(params.meanGradient, parameter)),
        meanProjection(*at<A>(params.meanProjection, parameter)) {}

  __device__ __forceinline__ A operator()(A x, A gradient) const {
    const A normalized = ((x - mean) - meanLow) * invDeviation;
    return (gradient - meanGradient - normalized * meanProjection) * invDeviation * scale;
  }
};

template <typename Element, bool MIXED> struct Propagate {
  using T = Element;
  using A = Accumulator<T>;
  using Coefficients = GradientCoefficients<A>;
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int COEFFICIENTS = MIXED ? SIZE : 1;
  static constexpr int VISITS = 2;

  struct Granule {
    uint4 x;
    uint4 dy;
    uint4 y;
    uint4 old;

    __device__ __forceinline__ void load(const PropagateParams& params, uint64_t granule) {
      x = loadGranule(at<T>(params.x, granule * SIZE));
      dy = loadGranule(at<T>(params.dy, granule * SIZE));
      if (params.y != 0) y = loadGranule(at<T>(params.y, granule * SIZE));
      if (params.beta != 0.0) old = loadGranule(at<T>(params.dx, granule * SIZE));
    }

    __device__ __forceinline__ void store(const PropagateParams& params, uint64_t granule,
                                          const Coefficients (&coefficients)[COEFFICIENTS]) const {
      A values[SIZE];
      A gradients[SIZE];
      A before[SIZE] = {};
      unpack<T>(x, values);
      unpack<T>(dy, gradients);
      if (params.y != 0) mask(gradients);
      if (params.beta != 0.0) unpack<T>(old, before);
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        const A fresh = coefficients[MIXED ? i : 0](values[i], gradients[i]);
        values[i] = blended(fresh, static_cast<A>(params.alpha), static_cast<A>(params.beta), before[i]);
      }
      storeGranule(at<T>(params.dx, granule * SIZE), pack<T>(values));
    }

    __device__ __forceinline__ void mask(A (&gradients)[SIZE]) const {
      A outputs[SIZE];
      unpack<T>(y, outputs);
#pragma unroll
      for (int i = 0; i < SIZE; i++) gradients[i] = maskedBy(outputs[i], gradients[i]);
    }
  };

  static __device__ __forceinline__ void element(const PropagateParams& params, uint64_t element,
                                                 const Coefficients& coefficients) {
    A gradient = widen(*at<T>(params.dy, element));
    if (params.y != 0) gradient = maskedBy(A(widen(*at<T>(params.y, element))), gradient);
    const A old = params.beta == 0.0 ? A(0) : widen(*at<T>(params.dx, element));
    const A fresh = coefficients(widen(*at<T>(params.x, element)), gradient);
    const A value = blended(fresh, static_cast<A>(params.alpha), static_cast<A>(params.beta), old);
    *at<T>(params.dx, element) = narrow<T>(value);
  }
};

} // namespace bn
