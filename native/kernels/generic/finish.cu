// The parts of all splits, merged in order: moments to statistics, sums to parameter gradients.
#include "blockReduce.cuh"
#include "statistics.cuh"

namespace bn {

struct FinishPlace {
  uint32_t parameter;
  uint32_t lane;
  bool live;
};

__device__ __forceinline__ FinishPlace placeOf(uint32_t laneShift, uint32_t parameters) {
  const uint64_t thread = static_cast<uint64_t>(blockIdx.x) * BLOCK_THREADS + threadIdx.x;
  const uint64_t parameter = thread >> laneShift;
  return FinishPlace{static_cast<uint32_t>(parameter), static_cast<uint32_t>(thread & ((1u << laneShift) - 1u)),
                     parameter < parameters};
}

__device__ __forceinline__ WideMoments readPart(const MomentsPart& part) {
  return WideMoments{part.count, part.mean, part.m2};
}
__device__ __forceinline__ SumsPart readPart(const SumsPart& part) { return part; }

/** Lane 0 of each group of 2^laneShift gets all parts of its parameter. */
template <typename Part, typename Stored>
__device__ __forceinline__ Part gather(const FinishPlace& place, uint64_t parts, uint32_t splits, uint32_t parameters,
                                       uint32_t laneShift, Part sum) {
  if (place.live) {
    for (uint32_t split = place.lane; split < splits; split += 1u << laneShift) {
      merge(sum, readPart(*at<Stored>(parts, static_cast<uint64_t>(split) * parameters + place.parameter)));
    }
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    if (distance < (1 << laneShift)) merge(sum, fromLane(sum, distance));
  }
  return sum;
}

template <typename A> __device__ __forceinline__ void finishMoments(const FinishMomentsParams& params) {
  const FinishPlace place = placeOf(params.laneShift, params.parameters);
  const WideMoments moments =
      gather<WideMoments, MomentsPart>(place, params.parts, params.splits, params.parameters, params.laneShift,
                                       WideMoments{0.0, 0.0, 0.0});
  if (!place.live || place.lane != 0) return;
  keepStatistics<A>(params.target, place.parameter, moments, statisticsOf<A>(moments, params.target.epsilon));
}

template <typename A> __device__ __forceinline__ void finishGradients(const FinishGradientsParams& params) {
  const FinishPlace place = placeOf(params.laneShift, params.parameters);
  const SumsPart sums = gather<SumsPart, SumsPart>(place, params.parts, params.splits, params.parameters,
                                                   params.laneShift, SumsPart{0.0, 0.0});
  if (!place.live || place.lane != 0) return;
  keepGradient<A>(params.target.dBias, place.parameter, sums.gradient, params.target);
  keepGradient<A>(params.target.dScale, place.parameter, sums.projection, params.target);
  if (params.meanGradient == 0) return;
  *at<A>(params.meanGradient, place.parameter) = static_cast<A>(sums.gradient / params.count);
  *at<A>(params.meanProjection, place.parameter) = static_cast<A>(sums.projection / params.count);
}

} // namespace bn

#define BN_FINISH(suffix, A)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      finish_moments_##suffix(const FinishMomentsParams params) {                          \
    bn::finishMoments<A>(params);                                                                            \
  }                                                                                                          \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      finish_gradients_##suffix(const FinishGradientsParams params) {                      \
    bn::finishGradients<A>(params);                                                                          \
  }

// The statistics of float32, float16 and bfloat16 tensors are float32.
BN_FINISH(f32, float)
BN_FINISH(f64, double)
