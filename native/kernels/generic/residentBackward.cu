// A training backward in one launch that reads x and dy once: a block holds all rows of its columns in
// registers. Without saved statistics it computes them again from the same registers.
#include "../common/activation.cuh"
#include "residentRows.cuh"
#include "statistics.cuh"

namespace bn {

template <typename T> struct ResidentBackward {
  static constexpr int SIZE = elementsPerGranule<T>;
  static constexpr int ROWS = sizeof(T) == 2 ? RESIDENT_BACKWARD_ROWS / 2 : RESIDENT_BACKWARD_ROWS;
  using A = Accumulator<T>;

  struct Sums {
    A meanGradient, meanProjection;
  };

  struct Shared {
    union {
      WideMoments moments[SIZE * BLOCK_THREADS / 2];
      SumsPart sums[SIZE * BLOCK_THREADS / 2];
    };
    union {
      BatchStatistics<A> statistics[SIZE * BLOCK_THREADS]; // of the columns of the block
      Sums means[SIZE * BLOCK_THREADS];
    };
  };

  struct Held {
    uint4 x[ROWS];
    uint4 gradients[ROWS]; // masked
    uint32_t live;
  };

  static __device__ __forceinline__ uint4 masked(const uint4& dy, const uint4& y) {
    A gradients[SIZE];
    A outputs[SIZE];
    unpack<T>(dy, gradients);
    unpack<T>(y, outputs);
#pragma unroll
    for (int i = 0; i < SIZE; i++) gradients[i] = maskedBy(outputs[i], gradients[i]);
    return pack<T>(gradients);
  }

  /** Masks the held gradients by the stored output, and keeps them as dz. */
  static __device__ __forceinline__ void maskRows(const ResidentBackwardParams& params, const ColumnsPlace& place,
                                                  Held& held) {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      if (!place.live || !(held.live >> i & 1u)) continue;
      const uint64_t element = elementIn(params.shape, place, place.row + i * place.rowStep);
      if (params.y != 0) held.gradients[i] = masked(held.gradients[i], loadGranule(at<T>(params.y, element)));
      if (params.dz != 0) storeGranule(at<T>(params.dz, element), held.gradients[i]);
    }
  }

  static __device__ __forceinline__ void savedStatistics(const ResidentBackwardParams& params,
                                                         const ColumnsPlace& place,
                                                         BatchStatistics<A> (&statistics)[SIZE]) {
    if (!place.live) return;
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      const uint32_t parameter = parameterOf(place.column + i, params.shape.map);
      statistics[i].mean = *at<A>(params.mean, parameter);
      statistics[i].meanLow = params.meanLow == 0 ? A(0) : *at<A>(params.meanLow, parameter);
      statistics[i].invDeviation = *at<A>(params.invDeviation, parameter);
    }
  }

  static __device__ __forceinline__ void computeStatistics(const ResidentBackwardParams& params,
                                                           const ColumnsPlace& place, const Held& held,
                                                           BatchStatistics<A> (&statistics)[SIZE], Shared& shared) {
    const uint32_t lane = threadIdx.x & ((1u << params.shape.laneShift) - 1u);
    WideMoments moments[SIZE];
    momentsOfRows<T>(held.x, held.live, moments);
    reduceBlock(moments, params.shape.laneShift, shared.moments);
    if (place.row == 0) {
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        shared.statistics[lane * SIZE + i] = statisticsOf<A>(moments[i], params.epsilon);
      }
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < SIZE; i++) statistics[i] = shared.statistics[lane * SIZE + i];
    __syncthreads();
  }

  static __device__ __forceinline__ A normalized(const BatchStatistics<A>& of, A x) {
    return ((x - of.mean) - of.meanLow) * of.invDeviation;
  }

  static __device__ __forceinline__ void sumRows(const Held& held, const BatchStatistics<A> (&statistics)[SIZE],
                                                 SumsPart (&sums)[SIZE]) {
    A terms[SIZE] = {};
    A products[SIZE] = {};
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      A x[SIZE];
      A gradients[SIZE];
      unpack<T>(held.x[row], x);
      unpack<T>(held.gradients[row], gradients);
      if (!(held.live >> row & 1u)) continue;
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        terms[i] += gradients[i];
        products[i] += gradients[i] * normalized(statistics[i], x[i]);
      }
    }
#pragma unroll
    for (int i = 0; i < SIZE; i++) sums[i] = SumsPart{terms[i], products[i]};
  }

  static __device__ __forceinline__ void share(const ResidentBackwardParams& params, const ColumnsPlace& place,
                                               const SumsPart (&sums)[SIZE], Shared& shared) {
    const double count = params.shape.rows;
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      const uint32_t parameter = parameterOf(place.column + i, params.shape.map);
      keepGradient<A>(params.target.dBias, parameter, sums[i].gradient, params.target);
      keepGradient<A>(params.target.dScale, parameter, sums[i].projection, params.target);
      shared.means[threadIdx.x * SIZE + i] =
          Sums{static_cast<A>(sums[i].gradient / count), static_cast<A>(sums[i].projection / count)};
    }
  }

  static __device__ __forceinline__ void write(const ResidentBackwardParams& params, const ColumnsPlace& place,
                                               const Held& held, const BatchStatistics<A> (&statistics)[SIZE],
                                               const Shared& shared) {
    const uint32_t lane = threadIdx.x & ((1u << params.shape.laneShift) - 1u);
    Sums means[SIZE];
    A scale[SIZE];
#pragma unroll
    for (int i = 0; i < SIZE; i++) {
      means[i] = shared.means[lane * SIZE + i];
      scale[i] = *at<A>(params.scale, parameterOf(place.column + i, params.shape.map));
    }
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      if (!(held.live >> row & 1u)) continue;
      const uint64_t element = elementIn(params.shape, place, place.row + row * place.rowStep);
      A x[SIZE];
      A gradients[SIZE];
      A old[SIZE] = {};
      unpack<T>(held.x[row], x);
      unpack<T>(held.gradients[row], gradients);
      if (params.beta != 0.0) unpack<T>(loadGranule(at<T>(params.dx, element)), old);
#pragma unroll
      for (int i = 0; i < SIZE; i++) {
        const A across = gradients[i] - means[i].meanGradient - normalized(statistics[i], x[i]) * means[i].meanProjection;
        const A fresh = across * statistics[i].invDeviation * scale[i];
        x[i] = blended(fresh, static_cast<A>(params.alpha), static_cast<A>(params.beta), old[i]);
      }
      storeGranule(at<T>(params.dx, element), pack<T>(x));
    }
  }

  static __device__ __forceinline__ void run(const ResidentBackwardParams& params, Shared& shared) {
    const ColumnsPlace place = columnsPlace<T>(params.shape);
    Held held;
    loadRows<T>(params.x, params.shape, place, held.x);
    loadRows<T>(params.dy, params.shape, place, held.gradients);
    held.live = liveRows<ROWS>(params.shape, place);
    maskRows(params, place, held);
    BatchStatistics<A> statistics[SIZE] = {};
    if (params.mean != 0) savedStatistics(params, place, statistics);
    else computeStatistics(params, place, held, statistics, shared);
    SumsPart sums[SIZE];
    sumRows(held, statistics, sums);
    reduceBlock(sums, params.shape.laneShift, shared.sums);
    if (place.live && place.row == 0) share(params, place, sums, shared);
    __syncthreads();
    if (place.live) write(params, place, held, statistics, shared);
  }
};

} // namespace bn

#define BN_KERNEL(suffix, T)                                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::BLOCK_THREADS, 2)                                         \
      resident_backward_##suffix(const ResidentBackwardParams params) {                                      \
    __shared__ bn::ResidentBackward<T>::Shared shared;                                                       \
    bn::ResidentBackward<T>::run(params, shared);                                                            \
  }

BN_KERNEL(f32, float)
BN_KERNEL(f16, __half)
BN_KERNEL(bf16, __nv_bfloat16)
BN_KERNEL(f64, double)
