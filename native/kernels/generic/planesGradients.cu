// Gradient sums of the channels of packed NCHW tensors, with dz, and dx where the statistics are fixed.
// `aligned`: planes are whole granules; `ragged`: any.
#include "blockReduce.cuh"
#include "gradient.cuh"
#include "planes.cuh"

namespace bn {

constexpr int PLANES_GRADIENT_BATCH = 2; // granules of each tensor in flight

template <typename T, bool RAGGED> struct PlanesGradients {
  static constexpr int SIZE = elementsPerGranule<T>;
  using A = Accumulator<T>;

  struct Loaded {
    GranulePlace place;
    uint4 x, dy, y, old;
  };

  static __device__ __forceinline__ void load(Loaded& loaded, const GradientsWork& work) {
    if (loaded.place.live == 0) return;
    loaded.x = loadLive<T, RAGGED>(work.x, loaded.place);
    loaded.dy = loadLive<T, RAGGED>(work.dy, loaded.place);
    if (work.y != 0) loaded.y = loadLive<T, RAGGED>(work.y, loaded.place);
    if (work.dx != 0 && work.beta != 0.0) loaded.old = loadLive<T, RAGGED>(work.dx, loaded.place);
  }

  static __device__ __forceinline__ void take(SumsPart& sums, const Loaded& loaded, const GradientsWork& work,
                                              const SumCoefficients<A>& coefficients) {
    const uint32_t live = loaded.place.live;
    if (live == 0) return;
    A x[SIZE];
    A gradients[SIZE];
    unpack<T>(loaded.x, x);
    unpack<T>(loaded.dy, gradients);
    if (work.y != 0) mask(gradients, loaded.y);
#pragma unroll
    for (int i = 0; i < SIZE; i++) gradients[i] = live >> i & 1u ? gradients[i] : A(0);
    addGradients(sums, coefficients, x, gradients, live);
    if (work.dz != 0) storeLive<T, RAGGED>(work.dz, loaded.place, gradients);
    if (work.dx != 0) storeFixed(gradients, loaded, work, coefficients);
  }

  static __device__ __forceinline__ void mask(A (&gradients)[SIZE], const uint4& y) {
    A outputs[SIZE];
    unpack<T>(y, outputs);
#pragma unroll
    for (int i = 0; i < SIZE; i++) gradients[i] = maskedBy(outputs[i], gradients[i]);
  }

  static __device__ __forceinline__ void storeFixed(const A (&gradients)[SIZE], const Loaded& loaded,
                                                    const GradientsWork& work,
                                                    const SumCoefficients<A>& coefficients) {
    A old[SIZE] = {};
    if (work.beta != 0.0) unpack<T>(loaded.old, old);
    A fixed[SIZE];
#pragma unroll
    for (int i = 0; i < SIZE; i++) fixed[i] = coefficients.fixedGradient(work, gradients[i], old[i]);
    storeLive<T, RAGGED>(work.dx, loaded.place, fixed);
  }

  static __device__ __forceinline__ SumsPart threadSums(const PlanesGradientsParams& params, uint32_t channel) {
    const uint32_t start = blockIdx.y * params.shape.granulesPerSplit;
    const uint32_t end = min(start + params.shape.granulesPerSplit, params.shape.granulesPerChannel);
    const SumCoefficients<A> coefficients(params.work, channel);
    SumsPart sums{0.0, 0.0};
    for (uint32_t first = start + threadIdx.x; first < end; first += PLANES_GRADIENT_BATCH * BLOCK_THREADS) {
      Loaded loaded[PLANES_GRADIENT_BATCH];
#pragma unroll
      for (int i = 0; i < PLANES_GRADIENT_BATCH; i++) {
        const uint32_t index = first + i * BLOCK_THREADS;
        loaded[i].place.live = 0;
        if (index < end) loaded[i].place = granuleOf<T, RAGGED>(params.shape, channel, index);
        load(loaded[i], params.work);
      }
#pragma unroll
      for (int i = 0; i < PLANES_GRADIENT_BATCH; i++) take(sums, loaded[i], params.work, coefficients);
    }
    return sums;
  }
};

template <typename T, bool RAGGED>
__device__ __forceinline__ void planesGradients(const PlanesGradientsParams& params) {
  __shared__ SumsPart shared[BLOCK_THREADS / 2];
  const uint32_t channel = blockIdx.x;
  SumsPart sums[1] = {PlanesGradients<T, RAGGED>::threadSums(params, channel)};
  reduceBlock(sums, 0, shared);
  if (threadIdx.x == 0) *at<SumsPart>(params.work.parts, blockIdx.y * params.work.parameters + channel) = sums[0];
}

} // namespace bn

#define BN_KERNELS(suffix, T)                                                                                \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      gradients_planes_aligned_##suffix(const PlanesGradientsParams params) {              \
    bn::planesGradients<T, false>(params);                                                                   \
  }                                                                                                          \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      gradients_planes_ragged_##suffix(const PlanesGradientsParams params) {               \
    bn::planesGradients<T, true>(params);                                                                    \
  }

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
