// Launch rules of elementwise/ and generic/, as functions of the descriptor: what a host ports.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "../../elementwise/sweepParams.h"
#include "../../generic/genericParams.h"

namespace rules {

constexpr uint32_t THREADS = 256;
constexpr uint32_t MULTIPROCESSORS = 132; // of the device; only speed depends on it

struct Tensor {
  uint32_t elementSize; // 2, 4 or 8
  uint64_t samples, channels, spatial;
  bool channelsLast; // NHWC; with spatial 1 both are the same
  bool perActivation;
};

inline uint32_t granule(const Tensor& t) { return 16 / t.elementSize; }
inline uint64_t elements(const Tensor& t) { return t.samples * t.channels * t.spatial; }
inline uint64_t parameters(const Tensor& t) { return t.perActivation ? t.channels * t.spatial : t.channels; }
inline uint64_t ceilDiv(uint64_t a, uint64_t b) { return (a + b - 1) / b; }
inline uint32_t ceilLog2(uint64_t value) {
  uint32_t shift = 0;
  while ((1ull << shift) < value) shift++;
  return shift;
}

/** A parameter's values lie in planes, not in columns. */
inline bool isPlanes(const Tensor& t) { return !t.perActivation && !t.channelsLast && t.spatial > 1; }

/** Rows of packed columns; in planes every column is an element of a sample. */
inline uint64_t columnsOf(const Tensor& t) {
  return t.perActivation || isPlanes(t) ? t.channels * t.spatial : t.channels;
}
inline uint64_t rowsOf(const Tensor& t) { return elements(t) / columnsOf(t); }

inline ColumnMap columnMap(const Tensor& t) {
  if (isPlanes(t)) return ColumnMap{makeFastDivisor((uint32_t)t.spatial), 1, 0};
  if (t.perActivation && t.channelsLast && t.spatial > 1) {
    return ColumnMap{makeFastDivisor((uint32_t)t.channels), 1, (uint32_t)t.spatial};
  }
  return ColumnMap{makeFastDivisor(1), 1, 0};
}

/** All elements of a granule share their parameters. */
inline bool isUniform(const Tensor& t) { return isPlanes(t) && t.spatial % granule(t) == 0; }

/** Most granules a thread visits; `visits` 0: by rule. */
inline SweepShape sweepShape(const Tensor& t, uint32_t visits = 0) {
  SweepShape shape{};
  const uint64_t size = granule(t);
  const uint64_t columns = columnsOf(t);
  shape.granules = elements(t) / size;
  shape.tail = (uint32_t)(elements(t) % size);
  shape.columns = (uint32_t)columns;
  const uint64_t period = columns / std::gcd(columns, size);
  shape.period = makeFastDivisor((uint32_t)period);
  if (visits == 0) {
    // Enough threads to fill the device first, then fewer that each work out their coefficients once.
    const uint64_t fill = shape.granules / (MULTIPROCESSORS * 1024);
    visits = (uint32_t)std::clamp<uint64_t>(fill, 1, isUniform(t) ? 4 : 8);
  }
  shape.stride = (uint32_t)(period * std::max<uint64_t>(1, ceilDiv(shape.granules, period * visits)));
  shape.map = columnMap(t);
  return shape;
}
inline uint32_t sweepGrid(const SweepShape& shape) {
  return (uint32_t)ceilDiv(std::max(shape.stride, shape.tail), THREADS);
}

/** Sweeps need whole numbers below 2^31 and tensors that start on a granule. */
inline bool canSweep(const Tensor& t) {
  const uint64_t size = granule(t);
  return columnsOf(t) < (1ull << 29) && elements(t) / size < (1ull << 31);
}

struct Grid {
  uint32_t x, y;
};

inline PlanesShape planesShape(const Tensor& t) {
  PlanesShape shape{};
  const uint64_t size = granule(t);
  shape.count = elements(t);
  shape.channels = (uint32_t)t.channels;
  shape.plane = (uint32_t)t.spatial;
  const uint64_t perPlane = t.spatial % size == 0 ? t.spatial / size : (t.spatial + size - 2) / size + 1;
  shape.granulesPerPlane = makeFastDivisor((uint32_t)perPlane);
  shape.granulesPerChannel = (uint32_t)(perPlane * t.samples);
  const uint64_t wanted = ceilDiv(MULTIPROCESSORS * 8, t.channels);
  const uint64_t most = ceilDiv(shape.granulesPerChannel, 4 * THREADS);
  const uint64_t splits = std::clamp<uint64_t>(wanted, 1, most);
  shape.granulesPerSplit = (uint32_t)ceilDiv(shape.granulesPerChannel, splits);
  return shape;
}
inline Grid planesGrid(const PlanesShape& shape) {
  return Grid{shape.channels, (uint32_t)ceilDiv(shape.granulesPerChannel, shape.granulesPerSplit)};
}

inline bool canColumns(const Tensor& t) { return !isPlanes(t) && columnsOf(t) % granule(t) == 0; }

inline ColumnsShape columnsShape(const Tensor& t) {
  ColumnsShape shape{};
  shape.rows = (uint32_t)rowsOf(t);
  shape.columns = (uint32_t)columnsOf(t);
  shape.map = columnMap(t);
  const uint64_t wide = shape.columns / granule(t);
  shape.laneShift = std::min(5u, ceilLog2(wide));
  const uint64_t tiles = ceilDiv(wide, 1ull << shape.laneShift);
  const uint64_t wanted = ceilDiv(MULTIPROCESSORS * 4, tiles);
  const uint64_t most = ceilDiv(shape.rows, 4ull * (THREADS >> shape.laneShift));
  const uint64_t splits = std::clamp<uint64_t>(wanted, 1, most);
  shape.rowsPerSplit = (uint32_t)ceilDiv(shape.rows, splits);
  return shape;
}
inline Grid columnsGrid(const Tensor& t, const ColumnsShape& shape) {
  const uint64_t wide = shape.columns / granule(t);
  return Grid{(uint32_t)ceilDiv(wide, 1ull << shape.laneShift), (uint32_t)ceilDiv(shape.rows, shape.rowsPerSplit)};
}

/** How many rows a thread of a resident kernel holds. */
inline uint32_t residentRows(const Tensor& t, bool backward) {
  return (backward ? RESIDENT_BACKWARD_ROWS : RESIDENT_FORWARD_ROWS) / (t.elementSize == 2 ? 2 : 1);
}

/** Lane shift of a resident kernel, or −1 where the rows do not fit. At least 64 bytes side by side. */
inline int residentShift(const Tensor& t, bool backward) {
  if (!canColumns(t)) return -1;
  const uint64_t wide = columnsOf(t) / granule(t);
  int shift = (int)std::min(5u, ceilLog2(wide));
  while (shift > 2 && ceilDiv(wide, 1ull << shift) < MULTIPROCESSORS) shift--;
  while (shift > 2 && rowsOf(t) > (uint64_t)residentRows(t, backward) * (THREADS >> shift)) shift--;
  return rowsOf(t) <= (uint64_t)residentRows(t, backward) * (THREADS >> shift) ? shift : -1;
}
inline ColumnsShape residentShape(const Tensor& t, int shift) {
  ColumnsShape shape{};
  shape.rows = shape.rowsPerSplit = (uint32_t)rowsOf(t);
  shape.columns = (uint32_t)columnsOf(t);
  shape.map = columnMap(t);
  shape.laneShift = (uint32_t)shift;
  return shape;
}

/** A dim of any tensor. */
struct Dim {
  uint64_t size, stride;
};

inline StridedDims stridedDims(const std::vector<Dim>& given) {
  std::vector<Dim> dims;
  for (const Dim& dim : given) {
    if (dim.size == 1) continue;
    if (!dims.empty() && dims.back().stride == dim.size * dim.stride) dims.back() = Dim{dims.back().size * dim.size, dim.stride};
    else dims.push_back(dim);
  }
  StridedDims made{};
  made.rank = (uint32_t)dims.size();
  made.size = 1;
  for (uint32_t i = 0; i < STRIDED_MAX_RANK; i++) made.dims[i] = makeFastDivisor(1);
  for (size_t i = 0; i < dims.size(); i++) {
    made.size *= (uint32_t)dims[i].size;
    made.dims[i] = makeFastDivisor((uint32_t)dims[i].size);
    made.strides[i] = dims[i].stride;
  }
  return made;
}

/** `kept`, `reduced`: dims, slowest first, in the order of the parameters. */
inline StridedShape stridedShape(const std::vector<Dim>& kept, const std::vector<Dim>& reduced) {
  StridedShape shape{};
  shape.kept = stridedDims(kept);
  shape.reduced = stridedDims(reduced);
  auto nearest = [](const StridedDims& dims) { return dims.rank == 0 ? UINT64_MAX : dims.strides[dims.rank - 1]; };
  const bool across = nearest(shape.kept) < nearest(shape.reduced);
  shape.laneShift = across ? std::min(5u, ceilLog2(shape.kept.size)) : 0;
  const uint64_t tiles = ceilDiv(shape.kept.size, 1ull << shape.laneShift);
  const uint64_t wanted = ceilDiv(MULTIPROCESSORS * 8, tiles);
  const uint64_t most = ceilDiv(shape.reduced.size, 8ull * (THREADS >> shape.laneShift));
  shape.reducedPerSplit = (uint32_t)ceilDiv(shape.reduced.size, std::clamp<uint64_t>(wanted, 1, most));
  return shape;
}
inline Grid stridedGrid(const StridedShape& shape) {
  return Grid{(uint32_t)ceilDiv(shape.kept.size, 1ull << shape.laneShift),
              (uint32_t)ceilDiv(shape.reduced.size, shape.reducedPerSplit)};
}

inline uint32_t finishShift(uint32_t splits) { return splits <= 4 ? 0 : std::min(5u, ceilLog2(splits)); }
inline uint32_t finishGrid(uint64_t parameters, uint32_t shift) {
  return (uint32_t)ceilDiv(parameters << shift, THREADS);
}

} // namespace rules
