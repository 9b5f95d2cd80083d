// Parameters of the kernels, one plain struct a kernel, passed by value. Shared with the host: fixed
// widths, pointers as 64-bit addresses, no padding that a compiler could place differently.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bits of `flags` in the structs below.
enum {
  BN_RELU = 1u,                    // forward: y = max(v, 0), NaN passes
  BN_BIASED_RUNNING_VARIANCE = 2u, // running variance divides by m, not m − 1
  BN_STATISTICS_ONLY = 4u,         // forward: no y, only statistics
  BN_LOAD_EVICT_FIRST = 8u,        // what L2 does with what is read: leaves early,
  BN_LOAD_EVICT_LAST = 16u         // or stays long
};

// Where things lie in the shared memory of a block of planes/ (bytes from its start). The host computes it
// (planes/shared_memory.h), so that the kernels read constants.
typedef struct {
  // Barriers of 8 bytes. Of the rings: "filled" one a slot, then "free again" one a slot. The others in
  // pairs, used in turn.
  uint32_t full, sideFull;
  uint32_t mail, tableFull, tableFree, ready, taken;
  uint32_t pivots;     // 2 * K floats
  uint32_t parameters; // 2 * K * 32 bytes
  uint32_t mailbox;    // cluster: 2 * G * K * 16 bytes
  uint32_t table;      // 2 tables of partial sums
  uint32_t ring, side;
  uint32_t total;
} BnPlanesLayout;

// How kernels of planes/ cut a tensor seen as (N, C, S), C-major planes of S adjacent elements.
// planes/plan.h fills it; every number follows from the descriptor and the device.
typedef struct {
  int64_t elements;         // N * C * S
  int64_t sampleStride;     // C * S
  int64_t valuesPerChannel; // m = N * S
  double inverseCount;      // 1 / m
  uint32_t samples;         // N
  uint32_t channels;        // C
  uint32_t plane;           // S
  uint32_t phase;           // address of the tensors modulo 16, in elements
  uint32_t unitChannels;    // K adjacent channels are worked on together
  uint32_t units;           // ceil(C / K)
  uint32_t groups;          // groups of blocks; group g takes units g, g + groups, ...
  uint32_t groupBlocks;     // G blocks share a unit
  uint32_t exchange;        // BN_EXCHANGE_*
  uint32_t slotRows;        // R samples a slot (1 when a row takes more than one slot)
  uint32_t rowPieces;       // slots a row takes (1 when a slot holds whole rows)
  uint32_t pieceGranules;   // 16-byte granules of one row in a slot
  uint32_t items;           // slots a unit takes, all blocks of the group together
  uint32_t slotBytes;       // bytes of one tensor's part of a slot
  uint32_t ringSlots;       // slots of the main ring
  uint32_t sideSlots;       // slots of the ring for z (forward) or y (backward)
  uint32_t reserveSlots;    // when a share does not fit: slots kept free for what is read again
  uint32_t entryWidth;      // packed: entries a channel has for one row in the table of partial sums
  uint32_t uniformRows;     // 1: all rows of a unit start at the same offset within 16 bytes
  uint32_t itemGranules;    // then: granules from one item's rows to the next item's (pieces: next sample)
  uint32_t plain;           // 1: uniform rows, and every granule is one row's alone: nothing at rims
  uint32_t rowGranules;     // plain: granules of a row
  uint32_t channelEntries;  // entries of the table of partial sums that belong to one channel
  uint32_t ringSlotBytes;   // bytes of a slot, all its tensors
  BnPlanesLayout layout;
} BnPlanesGeometry;

enum { BN_EXCHANGE_NONE = 0, BN_EXCHANGE_CLUSTER = 1, BN_EXCHANGE_FLAGS = 2 };

typedef struct {
  BnPlanesGeometry geometry;
  uint64_t x, z, y;                        // z only for add variants
  uint64_t scale, bias;
  uint64_t runningMean, runningVariance;   // both or neither
  uint64_t savedMean, savedMeanLow, savedInvStd; // each may be 0
  uint64_t workspace;                      // flags: 16 bytes + 32 bytes * grid * K, zeroed once
  double epsilon;
  double averagingFactor;
  float alpha, beta;
  uint32_t flags;
  uint32_t reserved;
} BnPlanesForward;

typedef struct {
  BnPlanesGeometry geometry;
  uint64_t x, dy, y, dx, dz;               // y only for masked variants; dz may be 0
  uint64_t scale;
  uint64_t savedMean, savedMeanLow, savedInvStd; // savedMeanLow may be 0
  uint64_t dScale, dBias;
  uint64_t workspace;
  float alphaData, betaData, alphaParameters, betaParameters;
  uint32_t flags;
  uint32_t reserved;
} BnPlanesBackward;

#ifdef __cplusplus
}
#endif
