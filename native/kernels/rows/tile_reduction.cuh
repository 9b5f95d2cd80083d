// From sums of threads to sums of a tile: across the lanes of a warp that share a column, across the warps
// of the block, across the blocks of the group. Always in the same order: the same bits on every run.
#pragma once

#include <cstdint>

#include "../common/flags.cuh"
#include "../common/reduce.cuh"
#include "joiners.cuh"
#include "ring.cuh"

namespace bn {

constexpr uint32_t tileChannelsMaximum = 128; // 256 bytes of a 16-bit type
constexpr uint32_t ringWarps = ringThreads / 32;

// Shared memory beside the ring.
struct TileScratch {
  union {
    float2 sums[ringWarps * tileChannelsMaximum]; // a pair a warp and channel,
    float4 groupSums[ringThreads];                // later what each thread joined
  };
  float coefficients[4 * tileChannelsMaximum];
  uint32_t firstTag;
  uint32_t reserved[3];
};

// Lanes of a warp that share a column: result in the lanes below the tile's width.
template <typename Joiner, int E>
__device__ __forceinline__ void joinLanes(float& count, float (&a)[E], float (&b)[E], uint32_t tileShift) {
#pragma unroll 1
  for (uint32_t distance = 16; distance >= (1u << tileShift); distance >>= 1) {
    const float otherCount = __shfl_xor_sync(wholeWarp, count, distance);
    float weight, cross;
    joinWeights(count, otherCount, weight, cross);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const float otherA = __shfl_xor_sync(wholeWarp, a[e], distance);
      const float otherB = __shfl_xor_sync(wholeWarp, b[e], distance);
      Joiner::pair(a[e], b[e], otherA, otherB, weight, cross);
    }
    count += otherCount;
  }
}

// Each warp's sums to shared memory: [warp][channel].
template <int E>
__device__ __forceinline__ void storeWarpSums(TileScratch& scratch, const float (&a)[E], const float (&b)[E],
                                              uint32_t tileShift) {
  const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32, vectors = 1u << tileShift;
  if (lane < vectors) {
#pragma unroll
    for (int e = 0; e < E; ++e) {
      scratch.sums[(warp * vectors + lane) * E + e] = make_float2(a[e], b[e]);
    }
  }
}

// Thread `channel` joins the warps' sums of its channel. Warp 0 has rows if any warp has.
template <typename Joiner, int E>
__device__ __forceinline__ Part joinWarps(const TileScratch& scratch, const BnRowsShape& shape, const Place& place,
                                          uint32_t channel) {
  const uint32_t lanes = 32u >> shape.tileShift;
  const auto part = [&](uint32_t warp) {
    const float2 sums = scratch.sums[(warp * E << shape.tileShift) + channel];
    const uint32_t rows = place.rowsOfLanes(shape, place.member, warp * lanes, lanes);
    return Part{sums.x, 0.0f, sums.y, static_cast<float>(rows)};
  };
  Joiner joiner(part(0));
#pragma unroll
  for (uint32_t warp = 0; warp < ringWarps; ++warp) {
    joiner.add(part(warp));
  }
  return joiner.result();
}

static_assert(sizeof(TileScratch) == 16 * 128 * 8 + 4 * 128 * 4 + 16, "rows_plan.h knows this size");

// What blocks of a group tell each other, in global memory: [round & 1][group][member][channel], and after
// all of those, for two stages, [round & 1][group][channel]. The tag of a round says that an entry is there.
// Two buffers in turn are enough: who publishes round r + 2 has seen round r + 1 of all, who have read r.
template <int E> class GroupExchange {
public:
  __device__ __forceinline__ GroupExchange(uint64_t memory, const BnRowsShape& shape, const Place& place,
                                           uint32_t round, uint32_t tag)
      : shape_(shape), place_(place), shift_(shape.tileShift + (E == 8 ? 3 : 2)), channels_(1u << shift_), tag_(tag) {
    float4* entries = reinterpret_cast<float4*>(memory + sizeof(FlagHead));
    const uint32_t tile = (round & 1) * shape.groups + place.group;
    entries_ = entries + (tile * shape.groupSize << shift_);
    results_ = entries + ((2 * shape.groups * shape.groupSize + tile) << shift_);
  }

  __device__ __forceinline__ void publish(uint32_t channel, const Part& part) const {
    storeTogether(entries_ + (place_.member << shift_) + channel, entry(part));
  }

  // Every block reads everything; result in the threads below `channels`.
  template <typename Joiner> __device__ __forceinline__ Part readAll(float4* sums) const {
    const uint32_t channel = threadIdx.x & (channels_ - 1), first = threadIdx.x >> shift_;
    const uint32_t step = ringThreads >> shift_, used = min(step, shape_.groupSize);
    Joiner joiner(Part{0.0f, 0.0f, 0.0f, 0.0f});
    if (first < used) {
      joiner = join<Joiner>(channel, first, step);
      if (first > 0) {
        sums[threadIdx.x] = joiner.sums();
      }
    }
    __syncthreads();
    if (first == 0) {
#pragma unroll 4
      for (uint32_t other = 1; other < used; ++other) {
        joiner.add(sums[(other << shift_) + channel]);
      }
    }
    return joiner.result();
  }

  // Each member joins some of the channels, one a warp, and publishes the result for the others to read.
  template <typename Joiner> __device__ __forceinline__ Part readInTwoStages() const {
    const uint32_t warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    for (uint32_t channel = warp * shape_.groupSize + place_.member; channel < channels_;
         channel += ringWarps * shape_.groupSize) {
      Joiner joiner = join<Joiner>(channel, lane, 32);
      float4 sums = joiner.sums();
#pragma unroll
      for (int distance = 16; distance > 0; distance /= 2) {
        joiner.add(make_float4(__shfl_xor_sync(wholeWarp, sums.x, distance), __shfl_xor_sync(wholeWarp, sums.y, distance),
                               __shfl_xor_sync(wholeWarp, sums.z, distance),
                               __shfl_xor_sync(wholeWarp, sums.w, distance)));
        sums = joiner.sums();
      }
      if (lane == 0) {
        storeTogether(results_ + channel, entry(joiner.result()));
      }
    }
    Part all = {0.0f, 0.0f, 0.0f, 0.0f};
    if (threadIdx.x < channels_) {
      all = wait(results_ + threadIdx.x, loadTogether(results_ + threadIdx.x), 0);
    }
    return all;
  }

private:
  __device__ __forceinline__ float4 entry(const Part& part) const {
    return make_float4(part.high, part.low, part.m2, __uint_as_float(tag_));
  }

  __device__ __forceinline__ Part wait(const float4* address, float4 seen, uint32_t rows) const {
    while (__float_as_uint(seen.w) != tag_) {
      seen = loadTogether(address);
    }
    return {seen.x, seen.y, seen.z, static_cast<float>(rows)};
  }

  // One channel of members first, first + step, …, around member 0's mean.
  template <typename Joiner>
  __device__ __forceinline__ Joiner join(uint32_t channel, uint32_t first, uint32_t step) const {
    constexpr int batch = 4; // loads under way at once
    const float4* entries = entries_ + channel;
    Joiner joiner(wait(entries, loadTogether(entries), 0));
#pragma unroll 1
    for (uint32_t member = first; member < shape_.groupSize; member += step * batch) {
      float4 seen[batch];
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        seen[i] = loadTogether(entries + (min(member + i * step, shape_.groupSize - 1) << shift_));
      }
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        const uint32_t index = member + i * step;
        if (index < shape_.groupSize) {
          joiner.add(wait(entries + (index << shift_), seen[i], place_.rowsOfLanes(shape_, index, 0, place_.lanes)));
        }
      }
    }
    return joiner;
  }

  const BnRowsShape& shape_;
  const Place& place_;
  const uint32_t shift_;
  const uint32_t channels_;
  const uint32_t tag_;
  float4* entries_;
  float4* results_;
};

// The tag of a launch's first round, for all threads after the block's first barrier. One atomic addition
// reads the epoch and counts the block in; the last block to come moves the epoch on, so a replayed graph
// needs nothing from the host.
__device__ __forceinline__ void readEpoch(uint64_t memory, uint32_t* shared, uint32_t step) {
  if (threadIdx.x == 0) {
    auto* head = reinterpret_cast<unsigned long long*>(memory); // FlagHead: epoch below, finished above
    const unsigned long long seen = atomicAdd(head, 1ull << 32);
    const uint32_t epoch = static_cast<uint32_t>(seen);
    *shared = epoch;
    if (static_cast<uint32_t>(seen >> 32) == gridDim.x * gridDim.y - 1) {
      *reinterpret_cast<volatile unsigned long long*>(head) = epoch + step;
    }
  }
}

// The whole road. Every thread brings its sums; thread `channel` of the tile gets the group's.
template <typename Joiner, int E>
__device__ __forceinline__ Part joinTile(TileScratch& scratch, uint64_t memory, const BnRowsShape& shape,
                                         const Place& place, uint32_t round, float count, float (&a)[E],
                                         float (&b)[E]) {
  joinLanes<Joiner, E>(count, a, b, shape.tileShift);
  storeWarpSums<E>(scratch, a, b, shape.tileShift);
  __syncthreads();
  const GroupExchange<E> exchange(memory, shape, place, round, scratch.firstTag + round + 1);
  Part sums = {0.0f, 0.0f, 0.0f, 0.0f};
  if (threadIdx.x < E << shape.tileShift) {
    sums = joinWarps<Joiner, E>(scratch, shape, place, threadIdx.x);
    if (shape.groupSize > 1) {
      exchange.publish(threadIdx.x, sums);
    }
  }
  if (shape.groupSize == 1) {
    return sums;
  }
  if (shape.twoStage != 0) {
    return exchange.template readInTwoStages<Joiner>();
  }
  __syncthreads(); // `groupSums` takes the place of `sums`
  return exchange.template readAll<Joiner>(scratch.groupSums);
}

} // namespace bn
