// What the threads of a block found, put together in a fixed order: bit-equal on every run.
#pragma once

#include <cstdint>

#include "../common/moments.cuh"
#include "genericParams.h"

namespace bn {

constexpr int BLOCK_THREADS = 256;

/** `others` joins `into`; all moments of a thread count the same rows, so one division does. */
template <int COUNT>
__device__ __forceinline__ void mergeAll(WideMoments (&into)[COUNT], const WideMoments (&others)[COUNT]) {
  const double count = into[0].count + others[0].count;
  const double weight = count > 0.0 ? others[0].count / count : 0.0;
  const double cross = into[0].count * weight;
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    const double delta = others[i].mean - into[i].mean;
    into[i].mean += delta * weight;
    into[i].m2 += others[i].m2 + delta * delta * cross;
    into[i].count = count;
  }
}

template <int COUNT> __device__ __forceinline__ void mergeAll(SumsPart (&into)[COUNT], const SumsPart (&others)[COUNT]) {
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    into[i].gradient += others[i].gradient;
    into[i].projection += others[i].projection;
  }
}

template <typename Part> __device__ __forceinline__ void merge(Part& into, const Part& other) {
  Part all[1] = {into};
  const Part others[1] = {other};
  mergeAll(all, others);
  into = all[0];
}

__device__ __forceinline__ WideMoments fromLane(const WideMoments& part, int distance) {
  return WideMoments{__shfl_down_sync(0xffffffffu, part.count, distance),
                     __shfl_down_sync(0xffffffffu, part.mean, distance),
                     __shfl_down_sync(0xffffffffu, part.m2, distance)};
}
__device__ __forceinline__ SumsPart fromLane(const SumsPart& part, int distance) {
  return SumsPart{__shfl_down_sync(0xffffffffu, part.gradient, distance),
                  __shfl_down_sync(0xffffffffu, part.projection, distance)};
}

/**
 * Merges over threads whose number is equal modulo 2^laneShift; the first 2^laneShift threads get the
 * results. `shared`: COUNT · 128 parts.
 */
template <int COUNT, typename Part>
__device__ __forceinline__ void reduceBlock(Part (&parts)[COUNT], uint32_t laneShift, Part* shared) {
  const int thread = static_cast<int>(threadIdx.x);
  const int lanes = 1 << laneShift;
#pragma unroll
  for (int distance = BLOCK_THREADS / 2; distance > 0; distance /= 2) {
    if (distance < lanes) return;
    Part others[COUNT];
    if (distance < 32) {
#pragma unroll
      for (int i = 0; i < COUNT; i++) others[i] = fromLane(parts[i], distance);
      mergeAll(parts, others);
      continue;
    }
    if (thread >= distance && thread < 2 * distance) {
#pragma unroll
      for (int i = 0; i < COUNT; i++) shared[i * (BLOCK_THREADS / 2) + thread - distance] = parts[i];
    }
    __syncthreads();
    if (thread < distance) {
#pragma unroll
      for (int i = 0; i < COUNT; i++) others[i] = shared[i * (BLOCK_THREADS / 2) + thread];
      mergeAll(parts, others);
    }
    __syncthreads();
  }
}

} // namespace bn
