// How a fused launch divides the work (host side). Plain C++ without CUDA.
#pragma once

#include <stdint.h>

#include <algorithm>

#include "rows_params.h"

namespace bn {

struct RowsMachine {
  uint32_t multiprocessors = 132;
};

// What a kernel holds: vectors in registers, slots of its ring (26 vectors of shared memory a thread in all).
struct RowsKernel {
  uint32_t parts;  // vectors of an item: 1 forward, 2 backward, 3 backward with an activation
  uint32_t kept;   // items in registers
  uint32_t slots() const { return 26 / parts; }
};

constexpr uint32_t rowsThreads = 512;      // of the fused kernels
constexpr uint32_t rowsSplitThreads = 256; // of the split path
constexpr uint32_t rowsScratchBytes = 16 * 128 * 8 + 4 * 128 * 4 + 16; // sizeof(TileScratch)

// Division by hand: tile width, blocks a group, slots left for reading ahead while streaming.
inline BnRowsShape rowsShape(int64_t rows, int64_t rowBytes, const RowsKernel& kernel, uint32_t tileShift,
                             uint32_t groupSize, uint32_t reserve, uint32_t elementsPerVector,
                             const RowsMachine& machine, uint64_t hotBytes = 40u << 20) {
  BnRowsShape shape = {};
  const int64_t lanes = rowsThreads >> tileShift, full = rows / lanes;
  shape.tileShift = tileShift;
  shape.tiles = static_cast<uint32_t>(((rowBytes >> 4) + (1 << tileShift) - 1) >> tileShift);
  shape.groupSize = groupSize;
  shape.groups = std::min(shape.tiles, machine.multiprocessors / groupSize);
  shape.rounds = (shape.tiles + shape.groups - 1) / shape.groups;
  shape.stepsEach = static_cast<uint32_t>(full / groupSize);
  shape.stepsMore = static_cast<uint32_t>(full % groupSize);
  shape.restRows = static_cast<uint32_t>(rows - full * lanes);
  shape.items = shape.stepsEach + (shape.stepsMore > 0 || shape.restRows > 0 ? 1 : 0);
  shape.inRegisters = std::min({kernel.kept, shape.items, kernel.slots()});
  const uint32_t rest = shape.items - shape.inRegisters;
  shape.streamed = rest > kernel.slots() ? rest - (kernel.slots() - reserve) : 0;
  const uint32_t blocksInGrid = shape.groups * groupSize;
  shape.hot = std::min<uint64_t>(shape.streamed, hotBytes / (uint64_t(blocksInGrid) * kernel.parts * rowsThreads * 16));
  shape.twoStage = groupSize * (elementsPerVector << tileShift) > 4096 ? 1 : 0;
  return shape;
}

// Which division is fastest, by a model of what was measured on an H200 (NOTES.md): bytes over the share of
// the memory rate that one multiprocessor gets, plus what the group's agreement costs a round.
inline double rowsMicroseconds(const BnRowsShape& shape, int64_t rowBytes, const RowsKernel& kernel,
                               uint32_t elementsPerVector) {
  const double vectorTime = 0.26; // microseconds for 512 vectors of 16 bytes: 4160 GB/s over 132
  const int64_t width = std::min<int64_t>(16ll << shape.tileShift, rowBytes);
  // Strides cost: rows of 64 bytes move half as fast as whole ones, of 32 a quarter.
  // Small tensors are a matter of latency. It is the writing that suffers most.
  const bool small = rowBytes * (shape.stepsEach + 1.0) * shape.groupSize * (rowsThreads >> shape.tileShift) < 8e6;
  const bool whole = width >= 256 || width == rowBytes || (small && width >= 32);
  const double efficiency = whole ? 0.92 : width >= 128 ? (kernel.parts == 1 ? 0.86 : 0.88) : width >= 64 ? 0.55 : 0.3;
  const double again = shape.streamed - (elementsPerVector == 8 ? 0.75 : 0.6) * shape.hot; // most of those are in L2
  const double traffic = (shape.items * (kernel.parts + 1) + again * kernel.parts) * vectorTime / efficiency;
  const double channels = elementsPerVector << shape.tileShift;
  const double exchange = (2.5 + 0.02 * shape.groupSize) * (1.0 + channels / 128.0) + 1.5 * shape.twoStage;
  const double agreement = shape.groupSize == 1 ? 0.5 : exchange;
  return shape.rounds * (traffic + agreement * (shape.groups > 1 ? 0.4 : 1.0));
}

inline BnRowsShape rowsBestShape(int64_t rows, int64_t rowBytes, const RowsKernel& kernel, uint32_t elementsPerVector,
                                 const RowsMachine& machine) {
  BnRowsShape best = {};
  double bestTime = 1e300;
  for (uint32_t tileShift = 0; tileShift <= 4; ++tileShift) {
    if (tileShift > 0 && (8ll << tileShift) >= rowBytes) {
      break; // the tile below covers the row
    }
    for (const uint32_t groups : {132u, 66u, 44u, 33u, 22u, 16u, 12u, 10u, 8u, 6u, 5u, 4u, 3u, 2u, 1u}) {
      const uint32_t groupSize = std::max(1u, machine.multiprocessors / groups);
      const uint32_t reserve = kernel.parts == 1 ? 6 : 3;
      BnRowsShape shape = rowsShape(rows, rowBytes, kernel, tileShift, groupSize, reserve, elementsPerVector, machine);
      const double time = rowsMicroseconds(shape, rowBytes, kernel, elementsPerVector);
      if (time < bestTime) {
        bestTime = time;
        best = shape;
      }
    }
  }
  // Groups in step leave memory idle while all agree: each starts a part of its share of a round later.
  if (best.groups > 1 && best.groups <= 8 && best.rounds > 1) {
    const double part = best.rounds == 2 ? 0.25 : kernel.parts > 1 && best.rounds > 4 ? 0.75 : 0.4;
    best.stagger = static_cast<uint32_t>(1000 * part * bestTime / best.rounds / best.groups);
  }
  return best;
}

inline uint32_t rowsSharedBytes(const RowsKernel& kernel) {
  return kernel.slots() * kernel.parts * rowsThreads * 16 + rowsScratchBytes;
}

// A head of 16 bytes, then two buffers of 16 bytes a block and channel of a tile (128 at most), then
// as much again at most for results.
inline uint64_t rowsExchangeBytes(const RowsMachine& machine) {
  return 16 + 2 * 2ull * machine.multiprocessors * 128 * 16;
}

// The split path's view of the tensor and its grids.
struct RowsSplitPlan {
  uint32_t columns;     // of a super row
  uint32_t tileVectors; // of a block
  uint32_t tiles;       // gridDim.y of the first and the last launch
  uint32_t chunks;      // gridDim.x of the first launch
  uint32_t joinBlocks;  // gridDim.x of the second, 8 x 128 threads
  uint32_t applyBlocks; // gridDim.x of the third
  uint64_t partialBytes;
  uint64_t coefficientBytes;
};

// elementsPerVector: 4 or 8, or 1 where an address is not a multiple of 16 bytes.
inline RowsSplitPlan rowsSplitPlan(int64_t rows, uint32_t channels, uint32_t elementsPerVector,
                                   const RowsMachine& machine) {
  RowsSplitPlan plan = {};
  uint32_t rowsTogether = elementsPerVector;
  while (rowsTogether > 1 && channels * (rowsTogether / 2) % elementsPerVector == 0) {
    rowsTogether /= 2;
  }
  plan.columns = channels * rowsTogether;
  const uint32_t vectors = plan.columns / elementsPerVector;
  plan.tiles = (vectors + rowsSplitThreads - 1) / rowsSplitThreads;
  plan.tileVectors = (vectors + plan.tiles - 1) / plan.tiles;
  const int64_t lanes = rowsSplitThreads / plan.tileVectors, superRows = rows / rowsTogether;
  const int64_t perTile = (2 * machine.multiprocessors + plan.tiles - 1) / plan.tiles;
  plan.chunks = static_cast<uint32_t>(std::max<int64_t>(1, std::min(perTile, superRows / (4 * lanes))));
  plan.joinBlocks = (channels + 7) / 8;
  plan.applyBlocks = static_cast<uint32_t>(std::max<int64_t>(1, std::min(2 * perTile, superRows / (4 * lanes) + 1)));
  plan.partialBytes = uint64_t(plan.chunks) * plan.columns * 16;
  plan.coefficientBytes = 4ull * channels * 4;
  return plan;
}

} // namespace bn
