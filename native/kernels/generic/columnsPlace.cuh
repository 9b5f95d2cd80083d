// Where a thread of a block works in packed rows: 2^laneShift granules side by side, the other threads
// below one another.
#pragma once

#include "../common/elements.cuh"
#include "../elementwise/columns.cuh"
#include "../elementwise/stream.cuh"
#include "blockReduce.cuh"
#include "genericParams.h"

namespace bn {

struct ColumnsPlace {
  uint32_t column; // first of the thread's granule
  uint32_t row;
  uint32_t rowStep;
  bool live;
};

template <typename T> __device__ __forceinline__ ColumnsPlace columnsPlace(const ColumnsShape& shape) {
  const uint32_t lane = threadIdx.x & ((1u << shape.laneShift) - 1u);
  const uint32_t granule = (blockIdx.x << shape.laneShift) + lane;
  ColumnsPlace place;
  place.column = granule * elementsPerGranule<T>;
  place.row = threadIdx.x >> shape.laneShift;
  place.rowStep = BLOCK_THREADS >> shape.laneShift;
  place.live = place.column < shape.columns;
  return place;
}

/** First element of the thread's granule in a row. */
__device__ __forceinline__ uint64_t elementIn(const ColumnsShape& shape, const ColumnsPlace& place, uint32_t row) {
  return static_cast<uint64_t>(row) * shape.columns + place.column;
}

} // namespace bn
