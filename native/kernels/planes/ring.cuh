// The ring of slots in shared memory: the loading warp asks the copy engine to fill them in order, the
// summing and the applying warps read them and say when they are free.
//
// A block's share of a unit is M items. The ring keeps the last `kept` of them on chip from the first
// pass to the second; the M − kept before are given up and asked for again after the kept ones. So a
// unit takes M + (M − kept) fills, and a share that fits takes M.
//
// A slot is free again after 2 arrivals for each warp of a crew. What one crew alone reads last, its warps
// release with 2 each. What is read again is the applying crew's, but the summing crew must see it pass
// (or it would lose count of the phases of the slot's barrier): both release it, with 1 each.
#pragma once

#include "../common/barriers.cuh"
#include "../common/bulk.cuh"
#include "place.cuh"

namespace bn::planes {

// What of a unit this block does.
struct Share {
  uint32_t first; // first item
  uint32_t items; // M
  uint32_t kept;  // items that stay in the ring from the first pass to the second
  uint32_t fills; // fills of the ring a unit takes

  __device__ __forceinline__ uint32_t given() const { return items - kept; } // given up in the first pass
};

__device__ __forceinline__ Share shareOf(const BnPlanesGeometry& g, uint32_t rank, uint32_t flags) {
  Share share;
  share.first = firstItem(g, rank);
  share.items = firstItem(g, rank + 1) - share.first;
  share.kept = share.items <= g.ringSlots ? share.items : g.ringSlots - g.reserveSlots;
  share.fills = share.items + share.given();
  if ((flags & BN_STATISTICS_ONLY) != 0) {
    share.kept = 0;
    share.fills = share.items;
  }
  return share;
}

// A position in a ring: the addresses of the slot and of its barrier "filled", and the parity of the
// barrier's phase. Addresses and no slot number: stepping is two additions.
struct Cursor {
  uint32_t filled;
  uint32_t data;
  uint32_t lap;
};

struct Ring {
  const BnPlanesGeometry& g;
  const uint32_t shared; // the block's shared memory
  const bool isSide;

  __device__ __forceinline__ uint32_t slots() const { return isSide ? g.sideSlots : g.ringSlots; }
  __device__ __forceinline__ uint32_t slotBytes() const { return isSide ? g.slotBytes : g.ringSlotBytes; }
  __device__ __forceinline__ uint32_t firstFilled() const {
    return shared + (isSide ? g.layout.sideFull : g.layout.full);
  }
  __device__ __forceinline__ uint32_t firstData() const { return shared + (isSide ? g.layout.side : g.layout.ring); }
  __device__ __forceinline__ uint32_t empty(const Cursor& at) const { return at.filled + 8 * slots(); }

  __device__ __forceinline__ Cursor start() const { return {firstFilled(), firstData(), 0}; }

  __device__ __forceinline__ void next(Cursor& at) const {
    at.filled += 8;
    at.data += slotBytes();
    if (at.filled == firstFilled() + 8 * slots()) {
      at.filled = firstFilled();
      at.data = firstData();
      at.lap ^= 1;
    }
  }

  __device__ __forceinline__ void skip(Cursor& at, uint32_t count) const {
    for (; count >= slots(); count -= slots()) {
      at.lap ^= 1;
    }
    at.filled += 8 * count;
    at.data += slotBytes() * count;
    if (at.filled >= firstFilled() + 8 * slots()) {
      at.filled -= 8 * slots();
      at.data -= slotBytes() * slots();
      at.lap ^= 1;
    }
  }

  __device__ __forceinline__ void waitFilled(const Cursor& at) const { barrierWait(at.filled, at.lap); }
  __device__ __forceinline__ void waitFree(const Cursor& at) const { barrierWait(empty(at), at.lap ^ 1); }
  __device__ __forceinline__ bool isFree(const Cursor& at) const { return barrierTest(empty(at), at.lap ^ 1); }

  __device__ __forceinline__ void release(const Cursor& at, uint32_t lane, uint32_t arrivals = 2) const {
    __syncwarp();
    if (lane == 0) {
      barrierArrive(empty(at), arrivals);
    }
  }

  // Of a crew that only watches.
  __device__ __forceinline__ void watch(Cursor& at, uint32_t count, uint32_t lane) const {
    for (uint32_t i = 0; i < count; ++i) {
      waitFilled(at);
      release(at, lane, 1);
      next(at);
    }
  }

  __device__ __forceinline__ void init(uint32_t warps) const {
    for (uint32_t slot = 0; slot < slots(); ++slot) {
      barrierInit(firstFilled() + 8 * slot, 1);
      barrierInit(firstFilled() + 8 * (slots() + slot), 2 * warps);
    }
  }
};

// Fills of one tensor's part of a slot. All lanes call; lane i copies rows i, i + 32, ...
template <typename T>
__device__ __forceinline__ void fillRows(const BnPlanesGeometry& g, const T* tensor, const Item& item,
                                         uint32_t channel, uint32_t channelsHere, uint32_t shared, uint32_t barrier,
                                         uint32_t lane, bool hinted, uint64_t policy) {
  constexpr int elements = elementsPerGranule<T>;
  for (uint32_t row = lane; row < g.slotRows && item.sample + row < g.samples; row += 32) {
    const RowStart start = rowStart<T>(g, item.sample + row, channel);
    const int length = static_cast<int>(channelsHere * g.plane);
    const int granules = (start.phase + length + elements - 1) >> granuleShift<T>;
    const int skipped = static_cast<int>(item.piece * g.pieceGranules);
    const int64_t begin = start.granule + skipped;
    const int64_t end = start.granule + min(granules, skipped + static_cast<int>(g.pieceGranules));
    const int64_t from = max(begin, insideBegin<T>(g));
    const int64_t to = min(end, insideEnd<T>(g));
    if (to <= from) {
      continue;
    }
    const uint32_t bytes = static_cast<uint32_t>(to - from) * 16;
    const uint32_t target = shared + (row * g.pieceGranules + static_cast<uint32_t>(from - begin)) * 16;
    barrierExpect(barrier, bytes);
    if (hinted) {
      bulkLoad(target, tensor + from * elements, bytes, barrier, policy);
    } else {
      bulkLoad(target, tensor + from * elements, bytes, barrier);
    }
  }
}

__device__ __forceinline__ uint64_t policyOf(uint32_t flags) {
  return (flags & BN_LOAD_EVICT_FIRST) != 0 ? policyEvictFirst() : policyEvictLast();
}

// A stream of fills: Count tensors side by side in each slot of a ring, for all units of this block's
// group. It remembers where it is, so that one warp can feed two streams.
//
// One warp has to ask for everything, so what a fill takes matters: where all rows start alike and aligned
// tensors leave nothing to clip, a lane keeps the address of its row and steps it along.
template <typename T, int Count> struct Stream {
  static constexpr int elements = elementsPerGranule<T>;

  const Ring ring;
  const T* tensors[Count];
  const Share& share;
  const uint32_t lane;
  const uint32_t firstFill; // of a unit; not 0 for what only the second pass reads
  const bool stepping;
  uint32_t unit;
  uint32_t fill;
  uint32_t channel = 0, channels = 0;
  uint32_t granules = 0;  // of a row
  int64_t source = 0;     // stepping: first granule of this lane's row, or piece of it
  Item item{};
  Cursor at;

  __device__ __forceinline__ Stream(const BnPlanesGeometry& g, const Ring& aRing, const Share& aShare,
                                    uint32_t group, bool secondPassOnly)
      : ring(aRing), share(aShare), lane(threadIdx.x & 31), firstFill(secondPassOnly ? aShare.given() : 0),
        stepping(g.uniformRows != 0 && g.phase == 0 && g.slotRows <= 32), unit(group), at(aRing.start()) {
    startUnit(g);
  }

  __device__ __forceinline__ void startUnit(const BnPlanesGeometry& g) {
    fill = firstFill;
    channel = unit * g.unitChannels;
    channels = min(g.unitChannels, g.channels - channel);
    startAt(g, firstFill);
  }

  __device__ __forceinline__ void startAt(const BnPlanesGeometry& g, uint32_t itemOfShare) {
    item = itemAt(g, share.first + itemOfShare);
    const RowStart row = rowStart<T>(g, item.sample + lane, channel);
    granules = (row.phase + channels * g.plane + elements - 1) >> granuleShift<T>;
    source = row.granule + item.piece * g.pieceGranules;
  }

  __device__ __forceinline__ bool open(const BnPlanesGeometry& g) const { return unit < g.units; }

  // The slot must be free.
  template <bool Hinted> __device__ __forceinline__ void fillNext(const BnPlanesGeometry& g, uint64_t policy) {
    if (fill == share.items) {
      startAt(g, 0); // what was given up, again
    }
    const uint32_t barrier = at.filled;
    if (stepping) {
      step<Hinted>(g, barrier, policy);
    } else {
#pragma unroll
      for (int i = 0; i < Count; ++i) {
        fillRows<T>(g, tensors[i], item, channel, channels, at.data + i * g.slotBytes, barrier, lane,
                    Hinted, policy);
      }
      __syncwarp();
      if (lane == 0) {
        barrierArrive(barrier);
      }
      advance(g, item);
    }
    ring.next(at);
    if (++fill == share.fills) {
      unit += g.groups;
      startUnit(g);
    }
  }

  template <bool Hinted>
  __device__ __forceinline__ void step(const BnPlanesGeometry& g, uint32_t barrier, uint64_t policy) {
    const uint32_t rows = min(g.slotRows, g.samples - item.sample);
    const uint32_t skipped = item.piece * g.pieceGranules;
    const uint32_t bytes = granules > skipped ? min(g.pieceGranules, granules - skipped) * 16 : 0;
    if (lane == 0) {
      barrierArriveExpecting(barrier, rows * bytes * Count);
    }
    if (lane < rows && bytes != 0) {
      const uint32_t target = at.data + lane * g.pieceGranules * 16;
#pragma unroll
      for (int i = 0; i < Count; ++i) {
        if constexpr (Hinted) {
          bulkLoad(target + i * g.slotBytes, tensors[i] + source * elements, bytes, barrier, policy);
        } else {
          bulkLoad(target + i * g.slotBytes, tensors[i] + source * elements, bytes, barrier);
        }
      }
    }
    if (g.rowPieces == 1) {
      item.sample += g.slotRows;
      source += g.itemGranules;
    } else {
      ++item.piece;
      source += g.pieceGranules;
      if (item.piece == g.rowPieces) {
        item.piece = 0;
        ++item.sample;
        source += g.itemGranules - static_cast<int64_t>(g.rowPieces * g.pieceGranules);
      }
    }
  }
};

// The loading warp, with one stream.
template <bool Hinted, typename T, int Count>
__device__ __forceinline__ void feedHinted(const BnPlanesGeometry& g, Stream<T, Count>& stream, uint64_t policy) {
  while (stream.open(g)) {
    stream.ring.waitFree(stream.at);
    stream.template fillNext<Hinted>(g, policy);
  }
}

template <typename T, int Count>
__device__ __forceinline__ void feed(const BnPlanesGeometry& g, Stream<T, Count>& stream, uint32_t flags) {
  if ((flags & (BN_LOAD_EVICT_FIRST | BN_LOAD_EVICT_LAST)) != 0) {
    feedHinted<true>(g, stream, policyOf(flags));
  } else {
    feedHinted<false>(g, stream, 0);
  }
}

// With two. Neither may hold up the other, so it only ever looks whether a slot is free.
template <typename T, int Count>
__device__ __forceinline__ void feedBoth(const BnPlanesGeometry& g, Stream<T, Count>& main, Stream<T, 1>& side) {
  Watchdog watchdog;
  while (main.open(g) || side.open(g)) {
    bool moved = false;
    if (main.open(g) && __all_sync(0xffffffffu, main.ring.isFree(main.at))) {
      main.template fillNext<false>(g, 0);
      moved = true;
    }
    if (side.open(g) && __all_sync(0xffffffffu, side.ring.isFree(side.at))) {
      side.template fillNext<false>(g, 0);
      moved = true;
    }
    if (!moved) {
      watchdog.look();
      __nanosleep(100);
    } else {
      watchdog = Watchdog();
    }
  }
}

} // namespace bn::planes
