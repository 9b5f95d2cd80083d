// What forward and backward share: who this block is, its barriers, its rings, and the crews' meetings.
#pragma once

#include "columns.cuh"
#include "exchange.cuh"
#include "ring.cuh"

namespace bn::planes {

struct Entry { // three floats of the table of partial sums
  float a, b, c;
};

// Two things used in turn, for even and odd units: a barrier for each, and the parity of its phase.
struct Turn {
  uint32_t index;
  uint32_t parity;

  __device__ __forceinline__ explicit Turn(uint32_t sequence) : index(sequence & 1), parity((sequence >> 1) & 1) {}
};

struct Block {
  const BnPlanesLayout& layout;
  uint32_t shared; // address of the block's shared memory
  uint8_t* memory; // the same as a pointer
  uint32_t rank;
  uint32_t group;
  Share share;
  Ring main;
  Ring side;

  __device__ __forceinline__ Entry* table(const BnPlanesGeometry& g, const Turn& turn) const {
    return reinterpret_cast<Entry*>(memory + layout.table) + turn.index * g.unitChannels * g.channelEntries;
  }
  __device__ __forceinline__ float4* parameters(const BnPlanesGeometry& g, const Turn& turn) const {
    return reinterpret_cast<float4*>(memory + layout.parameters) + turn.index * 2 * g.unitChannels;
  }
  __device__ __forceinline__ float* pivots(const BnPlanesGeometry& g, const Turn& turn) const {
    return reinterpret_cast<float*>(memory + layout.pivots) + turn.index * g.unitChannels;
  }

  // summing -> merging: partial sums of a unit are in its table; and back: the table may be written again.
  __device__ __forceinline__ void waitTableFree(const Turn& turn) const {
    barrierWait(shared + layout.tableFree + 8 * turn.index, turn.parity ^ 1);
  }
  __device__ __forceinline__ void tableWritten(const Turn& turn, uint32_t lane) const {
    arriveAsWarp(layout.tableFull + 8 * turn.index, lane);
  }
  __device__ __forceinline__ void waitTable(const Turn& turn) const {
    barrierWait(shared + layout.tableFull + 8 * turn.index, turn.parity);
  }
  __device__ __forceinline__ void tableRead(const Turn& turn, uint32_t lane) const {
    arriveAsWarp(layout.tableFree + 8 * turn.index, lane);
  }

  // merging -> applying: the parameters of a unit are ready; and back: they have been taken.
  __device__ __forceinline__ void waitTaken(const Turn& turn) const {
    barrierWait(shared + layout.taken + 8 * turn.index, turn.parity ^ 1);
  }
  __device__ __forceinline__ void parametersReady(const Turn& turn, uint32_t lane) const {
    arriveAsWarp(layout.ready + 8 * turn.index, lane);
  }
  __device__ __forceinline__ void waitReady(const Turn& turn) const {
    barrierWait(shared + layout.ready + 8 * turn.index, turn.parity);
  }
  __device__ __forceinline__ void parametersTaken(const Turn& turn, uint32_t lane) const {
    arriveAsWarp(layout.taken + 8 * turn.index, lane);
  }

  __device__ __forceinline__ void arriveAsWarp(uint32_t barrier, uint32_t lane) const {
    __syncwarp();
    if (lane == 0) {
      barrierArrive(shared + barrier);
    }
  }
};

__device__ __forceinline__ Block blockOf(const BnPlanesGeometry& g, uint32_t flags, uint8_t* memory) {
  const uint32_t shared = sharedAddress(memory);
  const uint32_t group = blockIdx.x / g.groupBlocks;
  const uint32_t rank =
      g.exchange == BN_EXCHANGE_CLUSTER ? clusterRank() : blockIdx.x - group * g.groupBlocks;
  return {g.layout, shared, memory, rank, group, shareOf(g, rank, flags), {g, shared, false}, {g, shared, true}};
}

// Barriers ready, tables empty. Every thread calls; whoever talks to the cluster meets it later.
template <bool Packed> __device__ __forceinline__ void prepare(const BnPlanesGeometry& g, const Block& block) {
  if (threadIdx.x == 0) {
    block.main.init(roleWarps(Packed));
    block.side.init(roleWarps(Packed));
    for (uint32_t i = 0; i < 2; ++i) {
      barrierInit(block.shared + block.layout.mail + 8 * i, 1);
      barrierInit(block.shared + block.layout.tableFull + 8 * i, roleWarps(Packed));
      barrierInit(block.shared + block.layout.tableFree + 8 * i, mergeWarps(Packed));
      barrierInit(block.shared + block.layout.ready + 8 * i, mergeWarps(Packed));
      barrierInit(block.shared + block.layout.taken + 8 * i, roleWarps(Packed));
    }
    barrierInitFence();
  }
  Entry* table = reinterpret_cast<Entry*>(block.memory + block.layout.table);
  const uint32_t entries = 2 * g.unitChannels * g.channelEntries;
  for (uint32_t i = threadIdx.x; i < entries; i += blockDim.x) {
    table[i] = {0.0f, 0.0f, 0.0f};
  }
  __syncthreads();
  if (g.exchange == BN_EXCHANGE_CLUSTER) {
    clusterArrive();
  }
}

// All blocks of the cluster have prepared their barriers. Every warp calls once: merging warps before
// their first post, the others at their end.
__device__ __forceinline__ void meetCluster(const BnPlanesGeometry& g) {
  if (g.exchange == BN_EXCHANGE_CLUSTER) {
    __syncwarp();
    clusterWait();
  }
}

__device__ __forceinline__ FlagHead* flagHead(uint64_t workspace) { return reinterpret_cast<FlagHead*>(workspace); }

__device__ __forceinline__ Exchange exchangeOf(const BnPlanesGeometry& g, const Block& block, uint64_t workspace) {
  const uint32_t epoch =
      g.exchange == BN_EXCHANGE_FLAGS ? *reinterpret_cast<volatile uint32_t*>(&flagHead(workspace)->epoch) : 0;
  return {g,
          block.rank,
          block.group,
          block.shared + block.layout.mailbox,
          block.shared + block.layout.mail,
          reinterpret_cast<uint8_t*>(workspace) + sizeof(FlagHead),
          epoch};
}

// After a block's last exchange, one thread.
__device__ __forceinline__ void finishFlags(const BnPlanesGeometry& g, uint64_t workspace) {
  if (g.exchange == BN_EXCHANGE_FLAGS) {
    finishEpoch(flagHead(workspace), gridDim.x, (g.units + g.groups - 1) / g.groups);
  }
}

// A unit in work: its channels, and which of the two tables, parameter sets and so on are its own.
struct Unit {
  uint32_t index;
  uint32_t sequence;
  uint32_t channel;
  uint32_t channels;
  int length; // elements of a row

  __device__ __forceinline__ Unit(const BnPlanesGeometry& g, uint32_t anIndex, uint32_t aSequence)
      : index(anIndex), sequence(aSequence) {
    channel = index * g.unitChannels;
    channels = min(g.unitChannels, g.channels - channel);
    length = static_cast<int>(channels * g.plane);
  }
};

// A number that each element of a granule has: of the left or the right channel; or just the one.
template <bool Packed> struct PerElement {
  float left, right;

  __device__ __forceinline__ float at(int element, int border) const {
    if constexpr (Packed) {
      return element < border ? left : right;
    } else {
      return left;
    }
  }
};

// The border, in a form that keeps the compiler from choosing each element's numbers once and for all:
// backward with eight elements a granule has not the registers to hold them.
template <typename T> __device__ __forceinline__ int borderOf(const Columns& columns) {
  int border = columns.border;
  if constexpr (elementsPerGranule<T> == 8) {
    asm volatile("" : "+r"(border));
  }
  return border;
}

// Channels of the unit that the granule's left and right parts belong to, kept inside the unit.
__device__ __forceinline__ uint32_t leftChannel(const Columns& columns, const Unit& unit) {
  return static_cast<uint32_t>(min(max(columns.left, 0), static_cast<int>(unit.channels) - 1));
}

__device__ __forceinline__ uint32_t rightChannel(const Columns& columns, const Unit& unit) {
  return static_cast<uint32_t>(min(columns.left + 1, static_cast<int>(unit.channels) - 1));
}

} // namespace bn::planes
