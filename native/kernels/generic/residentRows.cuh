// The rows of a thread's columns, held in registers.
#pragma once

#include "batches.cuh"
#include "columnsPlace.cuh"

namespace bn {

template <typename T, int ROWS>
__device__ __forceinline__ void loadRows(uint64_t tensor, const ColumnsShape& shape, const ColumnsPlace& place,
                                         uint4 (&granules)[ROWS]) {
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    const uint32_t row = place.row + i * place.rowStep;
    granules[i] = make_uint4(0, 0, 0, 0);
    if (place.live && row < shape.rows) granules[i] = loadGranule(at<T>(tensor, elementIn(shape, place, row)));
  }
}

/** Which of the thread's rows there are: the first ones. */
template <int ROWS>
__device__ __forceinline__ uint32_t liveRows(const ColumnsShape& shape, const ColumnsPlace& place) {
  uint32_t live = 0;
#pragma unroll
  for (int i = 0; i < ROWS; i++) live |= static_cast<uint32_t>(place.row + i * place.rowStep < shape.rows) << i;
  return live;
}

template <typename T, int ROWS>
__device__ __forceinline__ void momentsOfRows(const uint4 (&rows)[ROWS], uint32_t live,
                                              WideMoments (&moments)[elementsPerGranule<T>]) {
  constexpr int SIZE = elementsPerGranule<T>;
  using A = Accumulator<T>;
  A values[SIZE][ROWS];
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    A widened[SIZE];
    unpack<T>(rows[row], widened);
#pragma unroll
    for (int i = 0; i < SIZE; i++) values[i][row] = widened[i];
  }
  const double weight = live == 0 ? 0.0 : 1.0 / __popc(live);
#pragma unroll
  for (int i = 0; i < SIZE; i++) {
    moments[i] = WideMoments{0.0, 0.0, 0.0};
    if (live == 0) continue;
    const BatchSums<A> batch = sumBatch(values[i], live, values[i][0]);
    const double offset = batch.rest * weight;
    moments[i] = WideMoments{batch.count, batch.centre + offset, batch.squares - batch.rest * offset};
  }
}

} // namespace bn
