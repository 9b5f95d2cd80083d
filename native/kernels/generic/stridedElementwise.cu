// Inference and the last steps of training over tensors of any strides, or that start inside a granule.
#include "../elementwise/normalize.cuh"
#include "../elementwise/propagate.cuh"
#include "stridedPlace.cuh"

namespace bn {

/** `Op` is one of the operations of a sweep, run an element at a time. */
template <typename Op, typename Params>
__device__ __forceinline__ void stridedSweep(const StridedShape& shape, const Params& params) {
  const StridedPlace place = stridedPlace(shape);
  if (!place.live) return;
  const typename Op::Coefficients coefficients(params, place.parameter);
  for (uint32_t index = place.first; index < place.end; index += place.step) {
    Op::element(params, place.offset + offsetOf(shape.reduced, index), coefficients);
  }
}

} // namespace bn

#define BN_NORMALIZE(name, T, COEFFICIENTS)                                                                  \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS) name(const StridedNormalizeParams params) { \
    bn::stridedSweep<bn::Normalize<T, bn::COEFFICIENTS, true, true>>(params.shape, params.normalize);        \
  }

#define BN_KERNELS(suffix, T)                                                                                \
  BN_NORMALIZE(inference_strided_##suffix, T, InferenceCoefficients)                                         \
  BN_NORMALIZE(apply_forward_strided_##suffix, T, BatchCoefficients)                                         \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      apply_backward_strided_##suffix(const StridedPropagateParams params) {                                 \
    bn::stridedSweep<bn::Propagate<T, true>>(params.shape, params.propagate);                                \
  }

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
