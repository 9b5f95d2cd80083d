// Moments over a tensor of any strides, one element at a time.
#include "../common/elements.cuh"
#include "batches.cuh"
#include "stridedPlace.cuh"

namespace bn {

constexpr int STRIDED_BATCH = 8;

template <typename T>
__device__ __forceinline__ WideMoments threadMoments(const StridedMomentsParams& params, const StridedPlace& place) {
  using A = Accumulator<T>;
  PivotedSums<A> sums{};
  uint32_t count = 0;
  for (uint32_t first = place.first; first < place.end; first += STRIDED_BATCH * place.step) {
    A values[STRIDED_BATCH];
    uint32_t live = 0;
#pragma unroll
    for (int i = 0; i < STRIDED_BATCH; i++) {
      const uint32_t index = first + i * place.step;
      values[i] = A(0);
      if (index < place.end) values[i] = widen(*at<T>(params.work.x, place.offset + offsetOf(params.shape.reduced, index)));
      live |= static_cast<uint32_t>(index < place.end) << i;
    }
    addBatch(sums, sumBatch(values, live, values[0]), count == 0);
    count += __popc(live);
  }
  return momentsOf(sums, count);
}

template <typename T> __device__ __forceinline__ void stridedMoments(const StridedMomentsParams& params) {
  __shared__ WideMoments shared[BLOCK_THREADS / 2];
  const StridedPlace place = stridedPlace(params.shape);
  WideMoments moments[1] = {WideMoments{0.0, 0.0, 0.0}};
  if (place.live) moments[0] = threadMoments<T>(params, place);
  reduceBlock(moments, params.shape.laneShift, shared);
  if (!writesPart(params.shape, place)) return;
  *at<MomentsPart>(params.work.parts, blockIdx.y * params.work.parameters + place.parameter) =
      MomentsPart{moments[0].count, moments[0].mean, moments[0].m2};
}

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      moments_strided_##suffix(const StridedMomentsParams params) {                                          \
    bn::stridedMoments<T>(params);                                                                           \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
