// Moments of the columns of packed rows: NHWC, per-activation, 2-D. Columns are whole granules.
#include "batches.cuh"
#include "columnsPlace.cuh"

namespace bn {

/** Rows in flight: 32 values a thread. */
template <typename T> inline constexpr int COLUMNS_BATCH = elementsPerGranule<T> == 8 ? 4 : 8;

template <typename T> struct ColumnsMoments {
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int BATCH = COLUMNS_BATCH<T>;
  using A = Accumulator<T>;

  PivotedSums<A> sums[SIZE];
  uint32_t count = 0;

  __device__ __forceinline__ void add(const uint4 (&granules)[BATCH], uint32_t live) {
    A values[SIZE][BATCH];
#pragma unroll
    for (int row = 0; row < BATCH; row++) {
      A widened[SIZE];
      unpack<T>(granules[row], widened);
#pragma unroll
      for (int i = 0; i < SIZE; i++) values[i][row] = widened[i];
    }
#pragma unroll
    for (int i = 0; i < SIZE; i++) addBatch(sums[i], sumBatch(values[i], live, values[i][0]), count == 0);
    count += __popc(live);
  }

  __device__ __forceinline__ void addRows(const ColumnsMomentsParams& params, const ColumnsPlace& place) {
    const ColumnsShape& shape = params.shape;
    const uint32_t start = blockIdx.y * shape.rowsPerSplit;
    const uint32_t end = min(start + shape.rowsPerSplit, shape.rows);
    for (uint32_t row = start + place.row; row < end; row += BATCH * place.rowStep) {
      uint4 granules[BATCH];
      uint32_t live = 0;
#pragma unroll
      for (int i = 0; i < BATCH; i++) {
        const uint32_t taken = row + i * place.rowStep;
        live |= static_cast<uint32_t>(taken < end) << i;
        granules[i] = make_uint4(0, 0, 0, 0);
        if (taken < end) granules[i] = loadGranule(at<T>(params.work.x, elementIn(shape, place, taken)));
      }
      add(granules, live);
    }
  }
};

template <typename T> __device__ __forceinline__ void columnsMoments(const ColumnsMomentsParams& params) {
  constexpr int SIZE = elementsPerGranule<T>;
  __shared__ WideMoments shared[SIZE * BLOCK_THREADS / 2];
  const ColumnsPlace place = columnsPlace<T>(params.shape);
  ColumnsMoments<T> mine;
  if (place.live) mine.addRows(params, place);
  WideMoments moments[SIZE];
#pragma unroll
  for (int i = 0; i < SIZE; i++) moments[i] = momentsOf(mine.sums[i], mine.count);
  reduceBlock(moments, params.shape.laneShift, shared);
  if (!place.live || place.row != 0) return;
#pragma unroll
  for (int i = 0; i < SIZE; i++) {
    const uint32_t parameter = parameterOf(place.column + i, params.shape.map);
    *at<MomentsPart>(params.work.parts, blockIdx.y * params.work.parameters + parameter) =
        MomentsPart{moments[i].count, moments[i].mean, moments[i].m2};
  }
}

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      moments_columns_##suffix(const ColumnsMomentsParams params) {                        \
    bn::columnsMoments<T>(params);                                                                           \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
