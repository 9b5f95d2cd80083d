// Who is who in a block of planes/, and where things lie in its shared memory.
//
// A block is five crews of warps that work at the same time on different slots or units:
//   summing   (role warps)  first pass: sums of each slot as it arrives
//   applying  (role warps)  second pass: writes the result from what the ring still holds
//   merging   (1 or 4)      joins the sums, exchanges them with other blocks, computes parameters
//   loading   (1)           asks the copy engine to fill the ring, and the small ring for z or y
// So the next unit's loads and sums go on while this unit's exchange is under way.
#pragma once

#include <stdint.h>

#include "../params.h"

#ifdef __CUDACC__
#define BN_BOTH __host__ __device__
#else
#define BN_BOTH
#endif

namespace bn::planes {

constexpr uint32_t maximumUnitChannels = 8;
constexpr uint32_t entryBytes = 12; // one partial: three floats

// Packed kernels keep numbers for each element of a granule: fewer threads, more registers for each.
BN_BOTH constexpr uint32_t roleWarps(bool packed) { return packed ? 7 : 13; }
BN_BOTH constexpr uint32_t mergeWarps(bool packed) { return packed ? 4 : 1; }
BN_BOTH constexpr uint32_t roleThreads(bool packed) { return 32 * roleWarps(packed); }
BN_BOTH constexpr uint32_t blockThreads(bool packed) { return 32 * (2 * roleWarps(packed) + mergeWarps(packed) + 1); }

inline uint32_t alignUp(uint32_t value, uint32_t step) { return (value + step - 1) / step * step; }

inline BnPlanesLayout layoutShared(const BnPlanesGeometry& g) {
  const uint32_t channels = g.unitChannels;
  BnPlanesLayout layout;
  layout.full = 0;
  layout.sideFull = layout.full + 16 * g.ringSlots;
  layout.mail = layout.sideFull + 16 * g.sideSlots;
  layout.tableFull = layout.mail + 16;
  layout.tableFree = layout.tableFull + 16;
  layout.ready = layout.tableFree + 16;
  layout.taken = layout.ready + 16;
  layout.pivots = layout.taken + 16;
  layout.parameters = alignUp(layout.pivots + 8 * channels, 16);
  layout.mailbox = layout.parameters + 64 * channels;
  const uint32_t mails = g.exchange == BN_EXCHANGE_CLUSTER ? 2 * g.groupBlocks * channels : 0;
  layout.table = layout.mailbox + 16 * mails;
  layout.ring = alignUp(layout.table + 2 * entryBytes * channels * g.channelEntries, 128);
  layout.side = layout.ring + g.ringSlots * g.ringSlotBytes;
  layout.total = layout.side + g.sideSlots * g.slotBytes;
  return layout;
}

} // namespace bn::planes
