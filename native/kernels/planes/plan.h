// Launch rules of planes/: from the descriptor and the device to a geometry. Host only, no CUDA calls.
#pragma once

#include <stdint.h>

#include "shared_memory.h"

namespace bn::planes {

struct Descriptor {
  int64_t samples, channels, plane; // N, C, S
  uint32_t elementBytes;            // 4 or 2
  uint32_t phase;                   // address mod 16 in elements, the same for all tensors
  bool backward;                    // two tensors a slot
  bool side;                        // z or y flows too
};

struct Device {
  uint32_t multiprocessors;
  uint32_t sharedPerBlock;          // opt-in limit
  uint32_t sharedPerMultiprocessor;
};

// How blocks are put together; chosen by rule or by a search.
struct Shape {
  uint32_t groupBlocks;             // G
  uint32_t exchange;                // BN_EXCHANGE_*
  uint32_t blocksPerMultiprocessor; // 1 or 2
};

struct Plan {
  BnPlanesGeometry geometry;
  bool packed;
  uint32_t threads, sharedBytes, grid;
  bool possible;
};

inline uint32_t ceilDivide(int64_t a, int64_t b) { return static_cast<uint32_t>((a + b - 1) / b); }

inline int64_t greatestCommonDivisor(int64_t a, int64_t b) { return b == 0 ? a : greatestCommonDivisor(b, a % b); }

constexpr int64_t packedBelowBytes = 2048; // planes smaller than this are worked on side by side
constexpr int64_t packedRowBytes = 1500;   // as many as make rows of about this size

// Rows that start at different offsets within 16 bytes: each thread of a packed kernel must meet only one,
// so a slot holds a multiple of this many rows.
inline int64_t phasePeriod(const Descriptor& d) {
  const int64_t elements = 16 / d.elementBytes;
  return elements / greatestCommonDivisor(elements, d.channels * d.plane);
}

inline bool startsAligned(const Descriptor& d, int64_t unitChannels) {
  const int64_t elements = 16 / d.elementBytes;
  return d.phase == 0 && (d.channels * d.plane) % elements == 0 &&
         (unitChannels >= d.channels || (unitChannels * d.plane) % elements == 0);
}

inline int64_t granulesOfRow(const Descriptor& d, int64_t unitChannels) {
  const int64_t elements = 16 / d.elementBytes;
  const int64_t length = unitChannels * d.plane;
  return (length + (startsAligned(d, unitChannels) ? 0 : elements - 1) + elements - 1) / elements;
}

// K: adjacent channels worked on together. 1 means planes.
inline int64_t chooseUnitChannels(const Descriptor& d) {
  const int64_t elements = 16 / d.elementBytes;
  if (d.plane * d.elementBytes >= packedBelowBytes || d.plane < elements) {
    return 1;
  }
  const int64_t step = elements / greatestCommonDivisor(elements, d.plane); // keeps all units aligned alike
  const auto fits = [&](int64_t k) {
    return k <= maximumUnitChannels && granulesOfRow(d, k) * phasePeriod(d) <= roleThreads(k > 1);
  };
  if (d.channels <= step) {
    return fits(d.channels) ? d.channels : 1;
  }
  int64_t best = 0;
  for (int64_t k = step; fits(k) && k <= d.channels; k += step) {
    const bool even = d.channels % k == 0;
    if (best == 0 || even || d.channels % best != 0) {
      best = k;
    }
    if (even && k * d.plane * d.elementBytes >= packedRowBytes) {
      break;
    }
  }
  return best == 0 ? 1 : best;
}

inline Plan makePlan(const Descriptor& d, const Device& device, const Shape& shape, int64_t forcedUnitChannels = 0) {
  Plan plan{};
  BnPlanesGeometry& g = plan.geometry;
  const int64_t k = forcedUnitChannels > 0 ? forcedUnitChannels : chooseUnitChannels(d);
  plan.packed = k > 1;
  const uint32_t crew = roleThreads(plan.packed);
  const int64_t granules = granulesOfRow(d, k);
  g.elements = d.samples * d.channels * d.plane;
  g.sampleStride = d.channels * d.plane;
  g.valuesPerChannel = d.samples * d.plane;
  g.inverseCount = 1.0 / static_cast<double>(g.valuesPerChannel);
  g.samples = static_cast<uint32_t>(d.samples);
  g.channels = static_cast<uint32_t>(d.channels);
  g.plane = static_cast<uint32_t>(d.plane);
  g.phase = d.phase;
  g.unitChannels = static_cast<uint32_t>(k);
  g.units = ceilDivide(d.channels, k);
  g.rowPieces = ceilDivide(granules, crew);
  g.pieceGranules = ceilDivide(granules, g.rowPieces);
  const int64_t period = plan.packed ? phasePeriod(d) : 1;
  int64_t rows = g.rowPieces > 1 ? 1 : crew / granules;
  if (rows > d.samples) {
    rows = d.samples;
  }
  rows = (rows < period ? period : rows / period * period);
  g.slotRows = static_cast<uint32_t>(rows);
  g.items = ceilDivide(d.samples, rows) * g.rowPieces;
  g.slotBytes = g.slotRows * g.pieceGranules * 16;
  const int64_t elements = 16 / d.elementBytes;
  const bool uniform = (d.channels * d.plane) % elements == 0;
  const int64_t itemGranules = uniform ? d.channels * d.plane / elements * rows : 0;
  g.uniformRows = uniform && itemGranules < (1ll << 32) ? 1 : 0;
  g.itemGranules = g.uniformRows != 0 ? static_cast<uint32_t>(itemGranules) : 0;
  g.plain = g.uniformRows != 0 && startsAligned(d, k) && (k * d.plane) % elements == 0 && d.channels % k == 0 ? 1 : 0;
  g.rowGranules = static_cast<uint32_t>(granules);
  g.entryWidth = plan.packed ? static_cast<uint32_t>(d.plane / elements + 2) : 0;

  g.groupBlocks = shape.groupBlocks;
  g.exchange = shape.groupBlocks == 1 ? static_cast<uint32_t>(BN_EXCHANGE_NONE) : shape.exchange;
  const uint32_t share = ceilDivide(g.items, g.groupBlocks);
  const uint32_t tensors = d.backward ? 2 : 1;
  g.ringSlotBytes = tensors * g.slotBytes;
  g.channelEntries = plan.packed ? g.slotRows * g.entryWidth : roleWarps(false);
  g.sideSlots = d.side ? 6 : 0;
  g.reserveSlots = 4;
  g.ringSlots = 0;
  const uint32_t budget = shape.blocksPerMultiprocessor == 1
                              ? device.sharedPerBlock
                              : device.sharedPerMultiprocessor / shape.blocksPerMultiprocessor - 1024;
  const uint32_t fixed = layoutShared(g).total + 256;
  const uint32_t perSlot = g.ringSlotBytes + 16;
  if (budget <= fixed + 8 * perSlot) {
    return plan;
  }
  g.ringSlots = (budget - fixed) / perSlot;
  if (g.ringSlots > 2 * share + 2) {
    g.ringSlots = 2 * share + 2;
  }
  plan.threads = blockThreads(plan.packed);
  g.layout = layoutShared(g);
  plan.sharedBytes = g.layout.total;
  plan.possible = g.groupBlocks <= g.items && plan.sharedBytes <= budget;
  return plan;
}

// Groups that run at the same time, once it is known how many blocks or clusters fit on the device.
inline void setGroups(Plan& plan, uint32_t groupsThatFit) {
  BnPlanesGeometry& g = plan.geometry;
  g.groups = groupsThatFit < g.units ? groupsThatFit : g.units;
  // The same number of rounds with fewer groups: nobody idles at the end, fewer blocks start.
  g.groups = ceilDivide(g.units, ceilDivide(g.units, g.groups));
  plan.grid = g.groups * g.groupBlocks;
}

// The rule that chooses G: a small model of the time a launch takes, evaluated for every G.
//
// A round is one unit for each group. Its time is its share's bytes at the rate one multiprocessor gets, and
// what of the exchange between blocks is not hidden: loads of the next unit go on during the exchange as
// long as the ring has room beside this one's share. What does not fit is read again.
struct Model {
  double deviceRate = 4160e3;      // bytes a microsecond, read and written, all multiprocessors
  double multiprocessorRate = 40e3; // one alone
  double exchange = 3.0;           // microseconds from a unit's last item to its parameters
  double alone = 1.2;              // the same without other blocks
};

inline double estimate(const Plan& plan, const Descriptor& d, const Device& device, const Model& model) {
  const BnPlanesGeometry& g = plan.geometry;
  const double rounds = ceilDivide(g.units, g.groups);
  const double active = static_cast<double>(g.groups) * g.groupBlocks;
  const double share = ceilDivide(g.items, g.groupBlocks);
  const double slot = g.ringSlotBytes;
  double rate = model.deviceRate / active;
  rate = rate < model.multiprocessorRate ? rate : model.multiprocessorRate;
  const double again = share > g.ringSlots ? share - (g.ringSlots - g.reserveSlots) : 0;
  const double written = g.slotBytes;
  const double streams = d.side ? g.slotBytes : 0;
  const double busy = (share * (slot + written + streams) + again * slot) / rate;
  const double latency = g.groupBlocks == 1 ? model.alone : model.exchange;
  const double room = again > 0 ? g.reserveSlots : static_cast<double>(g.ringSlots) - share;
  const double hidden = room * (slot + written + streams) / rate;
  const double bubble = latency > hidden ? latency - hidden : 0;
  return rounds * (busy + (rounds > 1 ? bubble : 0)) + latency + share * slot / rate * 0.5;
}

inline void setGroups(Plan& plan, uint32_t groupsThatFit);

inline Plan choosePlan(const Descriptor& d, const Device& device, const Model& model = Model()) {
  Plan best{};
  double bestTime = 0;
  for (uint32_t blocks = 1; blocks <= device.multiprocessors; ++blocks) {
    Plan plan = makePlan(d, device, {blocks, BN_EXCHANGE_FLAGS, 1});
    if (!plan.possible) {
      continue;
    }
    setGroups(plan, device.multiprocessors / blocks);
    const double time = estimate(plan, d, device, model);
    if (!best.possible || time < bestTime * 0.999) {
      best = plan;
      bestTime = time;
    }
  }
  return best;
}

inline uint64_t workspaceBytes(const Plan& plan) {
  const BnPlanesGeometry& g = plan.geometry;
  return g.exchange == BN_EXCHANGE_FLAGS ? 16 + 32ull * plan.grid * g.unitChannels : 0;
}

} // namespace bn::planes
