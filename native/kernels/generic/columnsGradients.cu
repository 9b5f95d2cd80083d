// Gradient sums of the columns of packed rows, with dz, and dx where the statistics are fixed.
#include "columnsPlace.cuh"
#include "gradient.cuh"

namespace bn {

template <typename T> struct ColumnsGradients {
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int BATCH = SIZE == 4 ? 2 : 4; // rows of each tensor in flight: what registers allow
  using A = Accumulator<T>;

  SumCoefficients<A> coefficients[SIZE];
  SumsPart sums[SIZE] = {};

  struct Row {
    uint4 x, dy, y, old;
    bool live;
  };

  static __device__ __forceinline__ void load(Row& row, const GradientsWork& work, uint64_t element) {
    row.x = loadGranule(at<T>(work.x, element));
    row.dy = loadGranule(at<T>(work.dy, element));
    if (work.y != 0) row.y = loadGranule(at<T>(work.y, element));
    if (work.dx != 0 && work.beta != 0.0) row.old = loadGranule(at<T>(work.dx, element));
  }

  static __device__ __forceinline__ void gradientsOf(const Row& row, const GradientsWork& work,
                                                     A (&gradients)[SIZE]) {
    unpack<T>(row.dy, gradients);
    if (work.y == 0) return;
    A outputs[SIZE];
    unpack<T>(row.y, outputs);
#pragma unroll
    for (int i = 0; i < SIZE; i++) gradients[i] = maskedBy(outputs[i], gradients[i]);
  }

  __device__ __forceinline__ void write(const Row& row, const GradientsWork& work, uint64_t element,
                                        const A (&gradients)[SIZE]) const {
    if (work.dz != 0) storeGranule(at<T>(work.dz, element), pack<T>(gradients));
    if (work.dx == 0) return;
    A values[SIZE] = {};
    if (work.beta != 0.0) unpack<T>(row.old, values);
#pragma unroll
    for (int i = 0; i < SIZE; i++) values[i] = coefficients[i].fixedGradient(work, gradients[i], values[i]);
    storeGranule(at<T>(work.dx, element), pack<T>(values));
  }

  /** The batch's rows, one float sum a column, then in double. */
  __device__ __forceinline__ void take(const Row (&rows)[BATCH], const ColumnsGradientsParams& params,
                                       const ColumnsPlace& place, uint32_t first) {
    A gradientSums[SIZE] = {};
    A products[SIZE] = {};
#pragma unroll
    for (int j = 0; j < BATCH; j++) {
      if (!rows[j].live) continue;
      A x[SIZE];
      A gradients[SIZE];
      unpack<T>(rows[j].x, x);
      gradientsOf(rows[j], params.work, gradients);
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        gradientSums[i] += gradients[i];
        products[i] += gradients[i] * coefficients[i].normalized(x[i]);
      }
      write(rows[j], params.work, elementIn(params.shape, place, first + j * place.rowStep), gradients);
    }
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      sums[i].gradient += gradientSums[i];
      sums[i].projection += products[i];
    }
  }

  __device__ __forceinline__ void addRows(const ColumnsGradientsParams& params, const ColumnsPlace& place) {
    const ColumnsShape& shape = params.shape;
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      coefficients[i] = SumCoefficients<A>(params.work, parameterOf(place.column + i, shape.map));
    }
    const uint32_t start = blockIdx.y * shape.rowsPerSplit;
    const uint32_t end = min(start + shape.rowsPerSplit, shape.rows);
    for (uint32_t first = start + place.row; first < end; first += BATCH * place.rowStep) {
      Row rows[BATCH];
#pragma unroll
      for (int j = 0; j < BATCH; j++) {
        const uint32_t row = first + j * place.rowStep;
        rows[j].live = row < end;
        if (rows[j].live) load(rows[j], params.work, elementIn(shape, place, row));
      }
      take(rows, params, place, first);
    }
  }
};

template <typename T> __device__ __forceinline__ void columnsGradients(const ColumnsGradientsParams& params) {
  constexpr int SIZE = elementsPerGranule<T>;
  __shared__ SumsPart shared[SIZE * BLOCK_THREADS / 2];
  const ColumnsPlace place = columnsPlace<T>(params.shape);
  ColumnsGradients<T> mine;
  if (place.live) mine.addRows(params, place);
  reduceBlock(mine.sums, params.shape.laneShift, shared);
  if (!place.live || place.row != 0) return;
#pragma unroll
  for (int i = 0; i < SIZE; i++) {
    const uint32_t parameter = parameterOf(place.column + i, params.shape.map);
    *at<SumsPart>(params.work.parts, blockIdx.y * params.work.parameters + parameter) = mine.sums[i];
  }
}

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS)                                            \
      gradients_columns_##suffix(const ColumnsGradientsParams params) {                    \
    bn::columnsGradients<T>(params);                                                                         \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
