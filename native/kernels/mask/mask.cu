// Beside cuDNN: its own step (cudnnActivationBackward) gives 0 where the stored output is NaN.
#include "../common/activation.cuh"
#include "../common/elements.cuh"
#include "../elementwise/stream.cuh"
#include "maskParams.h"

namespace bn {

constexpr int MASK_THREADS = 256;

template <typename T> __device__ __forceinline__ void maskElement(uint64_t y, uint64_t dy, uint64_t dx, uint64_t element) {
  *at<T>(dx, element) = narrow<T>(maskedBy(widen(*at<T>(y, element)), widen(*at<T>(dy, element))));
}

template <typename T> __device__ __forceinline__ void maskGranule(const MaskPackedParams& params, uint64_t element) {
  constexpr int SIZE = elementsPerGranule<T>;
  Accumulator<T> outputs[SIZE];
  Accumulator<T> gradients[SIZE];
  unpack<T>(loadGranule(at<T>(params.y, element)), outputs);
  unpack<T>(loadGranule(at<T>(params.dy, element)), gradients);
#pragma unroll
  for (int i = 0; i < SIZE; i++) gradients[i] = maskedBy(outputs[i], gradients[i]);
  storeGranule(at<T>(params.dx, element), pack<T>(gradients));
}

template <typename T> __device__ __forceinline__ void maskPacked(const MaskPackedParams& params) {
  constexpr int SIZE = elementsPerGranule<T>;
  const uint64_t thread = static_cast<uint64_t>(blockIdx.x) * MASK_THREADS + threadIdx.x;
  const uint64_t threads = static_cast<uint64_t>(gridDim.x) * MASK_THREADS;
  const uint64_t granules = params.elements / SIZE;
  for (uint64_t granule = thread; granule < granules; granule += threads) maskGranule<T>(params, granule * SIZE);
  const uint64_t last = granules * SIZE + thread;
  if (last < params.elements) maskElement<T>(params.y, params.dy, params.dx, last);
}

template <typename T> __device__ __forceinline__ void maskStrided(const MaskStridedParams& params) {
  const uint32_t threads = gridDim.x * MASK_THREADS;
  // In 64 bits: the last step may pass 2^32.
  for (uint64_t number = blockIdx.x * MASK_THREADS + threadIdx.x; number < params.elements; number += threads) {
    uint32_t rest = static_cast<uint32_t>(number);
    uint64_t element = 0;
#pragma unroll
    for (int axis = MASK_MAX_RANK - 1; axis >= 0; axis--) {
      const uint32_t quotient = quotientOf(rest, params.dims[axis]);
      element += (rest - quotient * params.dims[axis].divisor) * params.strides[axis];
      rest = quotient;
    }
    maskElement<T>(params.y, params.dy, params.dx, element);
  }
}

} // namespace bn

#define BN_KERNELS(suffix, T)                                                                                \
  extern "C" __global__ void __launch_bounds__(bn::MASK_THREADS)                                             \
      mask_packed_##suffix(const __grid_constant__ MaskPackedParams params) {                                \
    bn::maskPacked<T>(params);                                                                               \
  }                                                                                                          \
  extern "C" __global__ void __launch_bounds__(bn::MASK_THREADS)                                             \
      mask_strided_##suffix(const __grid_constant__ MaskStridedParams params) {                              \
    bn::maskStrided<T>(params);                                                                              \
  }

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
