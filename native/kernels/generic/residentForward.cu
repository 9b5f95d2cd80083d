// A training forward in one launch that reads x once: a block holds all rows of its columns in registers.
// For per-activation, 2-D and small NHWC tensors.
#include "../common/activation.cuh"
#include "residentRows.cuh"
#include "statistics.cuh"

namespace bn {

template <typename T> struct ResidentForward {
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int ROWS = sizeof(T) == 2 ? RESIDENT_FORWARD_ROWS / 2 : RESIDENT_FORWARD_ROWS;
  using A = Accumulator<T>;

  struct Shared {
    WideMoments parts[SIZE * BLOCK_THREADS / 2];
    BatchStatistics<A> statistics[SIZE * BLOCK_THREADS]; // of the columns of the block
  };

  static __device__ __forceinline__ void share(const ResidentForwardParams& params, const ColumnsPlace& place,
                                               const WideMoments (&moments)[SIZE], Shared& shared) {
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      const BatchStatistics<A> statistics = statisticsOf<A>(moments[i], params.target.epsilon);
      shared.statistics[threadIdx.x * SIZE + i] = statistics;
      keepStatistics<A>(params.target, parameterOf(place.column + i, params.shape.map), moments[i], statistics);
    }
  }

  struct Columns {
    BatchStatistics<A> statistics[SIZE];
    A scale[SIZE];
    A bias[SIZE];
  };

  static __device__ __forceinline__ void writeRow(const ResidentForwardParams& params, const Columns& columns,
                                                  const uint4& x, uint64_t element) {
    A values[SIZE];
    A added[SIZE] = {};
    A old[SIZE] = {};
    unpack<T>(x, values);
    if (params.z != 0) unpack<T>(loadGranule(at<T>(params.z, element)), added);
    if (params.beta != 0.0) unpack<T>(loadGranule(at<T>(params.y, element)), old);
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      const BatchStatistics<A>& of = columns.statistics[i];
      A value = ((values[i] - of.mean) - of.meanLow) * of.invDeviation * columns.scale[i] + columns.bias[i];
      value += added[i];
      if (params.flags & BN_RELU) value = rectified(value);
      values[i] = blended(value, static_cast<A>(params.alpha), static_cast<A>(params.beta), old[i]);
    }
    storeGranule(at<T>(params.y, element), pack<T>(values));
  }

  static __device__ __forceinline__ void write(const ResidentForwardParams& params, const ColumnsPlace& place,
                                               const uint4 (&x)[ROWS], uint32_t live, const Shared& shared) {
    const uint32_t lane = threadIdx.x & ((1u << params.shape.laneShift) - 1u);
    Columns columns;
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      const uint32_t parameter = parameterOf(place.column + i, params.shape.map);
      columns.statistics[i] = shared.statistics[lane * SIZE + i];
      columns.scale[i] = *at<A>(params.scale, parameter);
      columns.bias[i] = *at<A>(params.bias, parameter);
    }
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      if (live >> i & 1u) {
        writeRow(params, columns, x[i], elementIn(params.shape, place, place.row + i * place.rowStep));
      }
    }
  }

  static __device__ __forceinline__ void run(const ResidentForwardParams& params, Shared& shared) {
    const ColumnsPlace place = columnsPlace<T>(params.shape);
    uint4 x[ROWS];
    loadRows<T>(params.x, params.shape, place, x);
    const uint32_t live = liveRows<ROWS>(params.shape, place);
    WideMoments moments[SIZE];
    momentsOfRows<T>(x, live, moments);
    reduceBlock(moments, params.shape.laneShift, shared.parts);
    if (place.live && place.row == 0) share(params, place, moments, shared);
    __syncthreads();
    if (place.live) write(params, place, x, live, shared);
  }
};

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS, 2)                                         \
      resident_forward_##suffix(const ResidentForwardParams params) {                                        \
    __shared__ bn::ResidentForward<T>::Shared shared;                                                        \
    bn::ResidentForward<T>::run(params, shared);                                                             \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
