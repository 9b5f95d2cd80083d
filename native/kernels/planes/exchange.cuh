// The blocks of a group tell each other their parts of a channel's sums, and each merges all of them in
// the same order, so all hold the same bits.
//
// Two mailboxes in turn are enough: a block that posts for unit u + 2 has read everybody's post for
// u + 1, and who posted that had read everything for u.
#pragma once

#include "../common/barriers.cuh"
#include "../common/cluster.cuh"
#include "../common/flags.cuh"
#include "../common/memory.cuh"
#include "place.cuh"

namespace bn::planes {

// Entries of other blocks that one lane looks at: groups of up to 160 blocks.
constexpr int entriesPerLane = 5;

struct Exchange {
  const BnPlanesGeometry& g;
  uint32_t rank;
  uint32_t group;
  uint32_t mailbox;  // cluster: shared address
  uint32_t barriers; // cluster: two of them
  uint8_t* flags;    // flags: global entries
  uint32_t epoch;

  __device__ __forceinline__ uint32_t entry(uint32_t sequence, uint32_t from, uint32_t channel) const {
    return ((sequence & 1) * g.groupBlocks + from) * g.unitChannels + channel;
  }

  __device__ __forceinline__ uint8_t* flagAt(uint32_t sequence, uint32_t from, uint32_t channel) const {
    const uint32_t groupStart = group * 2 * g.groupBlocks * g.unitChannels;
    return flags + static_cast<uint64_t>(groupStart + entry(sequence, from, channel)) * 16;
  }

  // Before any post of a unit: says how much is to come. One thread calls.
  __device__ __forceinline__ void open(uint32_t sequence, uint32_t channelsHere) const {
    if (g.exchange == BN_EXCHANGE_CLUSTER) {
      barrierArriveExpecting(barriers + 8 * (sequence & 1), g.groupBlocks * channelsHere * 16);
    }
  }

  // A whole warp posts this block's part: three floats.
  __device__ __forceinline__ void post(uint32_t sequence, uint32_t channel, float a, float b, float c,
                                       uint32_t lane) const {
    if (g.exchange == BN_EXCHANGE_CLUSTER) {
      if (lane < g.groupBlocks) {
        const uint32_t place = mailbox + 16 * entry(sequence, rank, channel);
        remoteStore(remoteAddress(place, lane), make_float4(a, b, c, 0.0f),
                    remoteAddress(barriers + 8 * (sequence & 1), lane));
      }
    } else if (lane == 0) {
      storeTogether(flagAt(sequence, rank, channel), make_float4(a, b, c, __uint_as_float(epoch + sequence + 1)));
    }
  }

  // A whole warp collects: lane i gets the entries of blocks i, i + 32, ...
  __device__ __forceinline__ void collect(uint32_t sequence, uint32_t channel, uint32_t lane,
                                          float4 (&entries)[entriesPerLane]) const {
#pragma unroll
    for (int i = 0; i < entriesPerLane; ++i) {
      entries[i] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }
    if (g.exchange == BN_EXCHANGE_CLUSTER) {
      barrierWaitCluster(barriers + 8 * (sequence & 1), (sequence >> 1) & 1);
      if (lane < g.groupBlocks) {
        const uint32_t place = mailbox + 16 * entry(sequence, lane, channel);
        const uint4 bits = loadShared(place);
        entries[0] = make_float4(__uint_as_float(bits.x), __uint_as_float(bits.y), __uint_as_float(bits.z),
                                 __uint_as_float(bits.w));
      }
      return;
    }
    // All entries are asked for before the first is looked at: one wait for L2, not one an entry.
    const uint32_t tag = epoch + sequence + 1;
    bool missing = true;
    Watchdog watchdog;
    while (missing) {
      watchdog.look();
      missing = false;
#pragma unroll
      for (int i = 0; i < entriesPerLane; ++i) {
        const uint32_t from = lane + 32 * i;
        if (from < g.groupBlocks) {
          entries[i] = loadTogether(flagAt(sequence, from, channel));
        }
      }
#pragma unroll
      for (int i = 0; i < entriesPerLane; ++i) {
        const uint32_t from = lane + 32 * i;
        missing = missing || (from < g.groupBlocks && __float_as_uint(entries[i].w) != tag);
      }
    }
    __syncwarp();
  }
};

} // namespace bn::planes
