// Where the values of a parameter lie in a tensor of any strides.
#pragma once

#include "../elementwise/stream.cuh"
#include "blockReduce.cuh"
#include "genericParams.h"

namespace bn {

/** Offset, in elements, of the index-th place in row-major order of some dims. */
__device__ __forceinline__ uint64_t offsetOf(const StridedDims& dims, uint32_t index) {
  uint64_t offset = 0;
#pragma unroll
  for (int dim = STRIDED_MAX_RANK - 1; dim >= 0; dim--) {
    if (dim >= static_cast<int>(dims.rank)) continue;
    const uint32_t quotient = quotientOf(index, dims.dims[dim]);
    offset += (index - quotient * dims.dims[dim].divisor) * dims.strides[dim];
    index = quotient;
  }
  return offset;
}

struct StridedPlace {
  uint64_t offset; // of the parameter
  uint32_t parameter;
  uint32_t first; // of the reduced indices
  uint32_t end;
  uint32_t step;
  bool live;
};

__device__ __forceinline__ StridedPlace stridedPlace(const StridedShape& shape) {
  const uint32_t lane = threadIdx.x & ((1u << shape.laneShift) - 1u);
  StridedPlace place;
  place.parameter = (blockIdx.x << shape.laneShift) + lane;
  place.live = place.parameter < shape.kept.size;
  place.offset = place.live ? offsetOf(shape.kept, place.parameter) : 0;
  const uint32_t start = blockIdx.y * shape.reducedPerSplit;
  place.first = start + (threadIdx.x >> shape.laneShift);
  place.end = min(start + shape.reducedPerSplit, shape.reduced.size);
  place.step = BLOCK_THREADS >> shape.laneShift;
  return place;
}

/** The block's first row of threads holds what reduceBlock gives. */
__device__ __forceinline__ bool writesPart(const StridedShape& shape, const StridedPlace& place) {
  return place.live && threadIdx.x < (1u << shape.laneShift);
}

} // namespace bn
