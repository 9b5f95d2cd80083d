// Moments of the channels of packed NCHW tensors. `aligned`: planes are whole granules; `ragged`: any.
#include "blockReduce.cuh"
#include "planes.cuh"

namespace bn {

constexpr int PLANES_BATCH = 4; // granules

template <typename T, bool RAGGED> struct PlanesBatch {
  static constexpr int SIZE = elementsPerGranule<T>;
  using A = Accumulator<T>;

  A values[PLANES_BATCH * SIZE];
  uint32_t live;

  __device__ __forceinline__ void load(const PlanesMomentsParams& params, uint32_t channel, uint32_t first,
                                       uint32_t end) {
    uint4 granules[PLANES_BATCH];
    live = 0;
#pragma unroll
    for (int i = 0; i < PLANES_BATCH; i++) {
      const uint32_t index = first + i * BLOCK_THREADS;
      if (index >= end) continue;
      const GranulePlace place = granuleOf<T, RAGGED>(params.shape, channel, index);
      if (place.live != 0) granules[i] = loadLive<T, RAGGED>(params.work.x, place);
      live |= place.live << (i * SIZE);
    }
#pragma unroll
    for (int i = 0; i < PLANES_BATCH; i++) {
      A widened[SIZE];
      unpack<T>(granules[i], widened);
#pragma unroll
      for (int j = 0; j < SIZE; j++) values[i * SIZE + j] = widened[j];
    }
  }
};

template <typename T, bool RAGGED>
__device__ __forceinline__ WideMoments threadMoments(const PlanesMomentsParams& params, uint32_t channel) {
  using A = Accumulator<T>;
  const uint32_t start = blockIdx.y * params.shape.granulesPerSplit;
  const uint32_t end = min(start + params.shape.granulesPerSplit, params.shape.granulesPerChannel);
  PivotedSums<A> sums{};
  // Any value of the channel will do before there is a centre.
  sums.pivot = widen(*at<T>(params.work.x, static_cast<uint64_t>(channel) * params.shape.plane));
  double count = 0.0;
  for (uint32_t first = start + threadIdx.x; first < end; first += PLANES_BATCH * BLOCK_THREADS) {
    PlanesBatch<T, RAGGED> batch;
    batch.load(params, channel, first, end);
    if (batch.live == 0) continue;
    const BatchSums<A> batchSums = sumBatch(batch.values, batch.live, sums.pivot);
    addBatch(sums, batchSums, count == 0.0);
    count += batchSums.count;
  }
  return momentsOf(sums, count);
}

template <typename T, bool RAGGED> __device__ __forceinline__ void planesMoments(const PlanesMomentsParams& params) {
  __shared__ WideMoments shared[BLOCK_THREADS / 2];
  const uint32_t channel = blockIdx.x;
  WideMoments moments[1] = {threadMoments<T, RAGGED>(params, channel)};
  reduceBlock(moments, 0, shared);
  if (threadIdx.x != 0) return;
  *at<MomentsPart>(params.work.parts, blockIdx.y * params.work.parameters + channel) =
      MomentsPart{moments[0].count, moments[0].mean, moments[0].m2};
}

} // namespace bn

#define BN_KERNELS(suffix, T)                                                                                \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      moments_planes_aligned_##suffix(const PlanesMomentsParams params) {                  \
    bn::planesMoments<T, false>(params);                                                                     \
  }                                                                                                          \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      moments_planes_ragged_##suffix(const PlanesMomentsParams params) {                   \
    bn::planesMoments<T, true>(params);                                                                      \
  }

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
