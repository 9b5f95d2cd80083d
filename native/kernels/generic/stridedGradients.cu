// Gradient sums over tensors of any strides, with dz, and dx where the statistics are fixed.
#include "gradient.cuh"
#include "stridedPlace.cuh"

namespace bn {

template <typename T> struct StridedGradients {
  static constexpr int BATCH = 4;
  using A = Accumulator<T>;

  struct Loaded {
    uint64_t element;
    A x, gradient, old;
  };

  static __device__ __forceinline__ Loaded load(const GradientsWork& work, uint64_t element) {
    Loaded loaded{element, widen(*at<T>(work.x, element)), widen(*at<T>(work.dy, element)), A(0)};
    if (work.y != 0) loaded.gradient = maskedBy(A(widen(*at<T>(work.y, element))), loaded.gradient);
    if (work.dx != 0 && work.beta != 0.0) loaded.old = widen(*at<T>(work.dx, element));
    return loaded;
  }

  static __device__ __forceinline__ void write(const GradientsWork& work, const Loaded& loaded,
                                               const SumCoefficients<A>& coefficients) {
    if (work.dz != 0) *at<T>(work.dz, loaded.element) = narrow<T>(loaded.gradient);
    if (work.dx == 0) return;
    *at<T>(work.dx, loaded.element) = narrow<T>(coefficients.fixedGradient(work, loaded.gradient, loaded.old));
  }

  static __device__ __forceinline__ SumsPart threadSums(const StridedGradientsParams& params,
                                                        const StridedPlace& place) {
    const SumCoefficients<A> coefficients(params.work, place.parameter);
    SumsPart sums{0.0, 0.0};
    for (uint32_t first = place.first; first < place.end; first += BATCH * place.step) {
      Loaded loaded[BATCH];
      A x[BATCH];
      A gradients[BATCH];
      uint32_t live = 0;
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        const uint32_t index = first + i * place.step;
        loaded[i] = Loaded{0, A(0), A(0), A(0)};
        if (index < place.end) loaded[i] = load(params.work, place.offset + offsetOf(params.shape.reduced, index));
        live |= static_cast<uint32_t>(index < place.end) << i;
      }
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        x[i] = loaded[i].x;
        gradients[i] = loaded[i].gradient;
        if (live >> i & 1u) write(params.work, loaded[i], coefficients);
      }
      addGradients(sums, coefficients, x, gradients, live);
    }
    return sums;
  }
};

template <typename T> __device__ __forceinline__ void stridedGradients(const StridedGradientsParams& params) {
  __shared__ SumsPart shared[BLOCK_THREADS / 2];
  const StridedPlace place = stridedPlace(params.shape);
  SumsPart sums[1] = {SumsPart{0.0, 0.0}};
  if (place.live) sums[0] = StridedGradients<T>::threadSums(params, place);
  reduceBlock(sums, params.shape.laneShift, shared);
  if (!writesPart(params.shape, place)) return;
  *at<SumsPart>(params.work.parts, blockIdx.y * params.work.parameters + place.parameter) = sums[0];
}

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      gradients_strided_##suffix(const StridedGradientsParams params) {                                      \
    bn::stridedGradients<T>(params);                                                                         \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
