// One pass over packed tensors. Thread t visits the granules t, t + stride, t + 2·stride, …; the stride is
// a multiple of the period of the columns, so a thread meets the same columns at every visit and keeps
// their coefficients in registers.
#pragma once

#include "../common/elements.cuh"
#include "columns.cuh"
#include "stream.cuh"

namespace bn {

constexpr int SWEEP_THREADS = 256;

template <typename Op, typename Params>
__device__ __forceinline__ void loadCoefficients(const Params& params, uint32_t thread,
                                                 typename Op::Coefficients (&coefficients)[Op::COEFFICIENTS]) {
  constexpr int SIZE = elementsPerGranule<typename Op::T>;
  const SweepShape& shape = params.shape;
  const uint32_t place = thread - quotientOf(thread, shape.period) * shape.period.divisor;
  // place · SIZE passes the last column only where the columns do not divide into granules.
  uint32_t column = place * SIZE;
  if (column >= shape.columns) column %= shape.columns;
  uint32_t parameters[Op::COEFFICIENTS];
  parametersFrom(column, shape.columns, shape.map, parameters);
#pragma unroll
  for (int i = 0; i < Op::COEFFICIENTS; i++) {
    coefficients[i] = typename Op::Coefficients(params, parameters[i]);
  }
}

/**
 * Runs `Op` over all elements. It has:
 * - `T`, `COEFFICIENTS` (1: all elements of a granule share theirs, or one each), `VISITS` (granules in flight)
 * - `Coefficients(params, parameter)`, what it needs to know of a parameter
 * - `Granule`, with `load(params, granule)` and `store(params, granule, coefficients)`
 * - `element(params, element, coefficients)`, for those after the last whole granule
 */
template <typename Op, typename Params> __device__ __forceinline__ void sweep(const Params& params) {
  using T = typename Op::T;
  constexpr int SIZE = elementsPerGranule<T>;
  const SweepShape& shape = params.shape;
  const uint32_t thread = blockIdx.x * SWEEP_THREADS + threadIdx.x;
  if (thread < shape.tail) {
    const uint64_t element = shape.granules * SIZE + thread;
    const uint32_t column = static_cast<uint32_t>(element % shape.columns);
    Op::element(params, element, typename Op::Coefficients(params, parameterOf(column, shape.map)));
  }
  if (thread >= shape.stride) return;

  uint64_t first = thread;
  typename Op::Granule granules[Op::VISITS];
  auto load = [&]() {
#pragma unroll
    for (int visit = 0; visit < Op::VISITS; visit++) {
      const uint64_t granule = first + static_cast<uint64_t>(visit) * shape.stride;
      if (granule < shape.granules) granules[visit].load(params, granule);
    }
  };
  // The first granules travel while the coefficients are worked out.
  load();
  typename Op::Coefficients coefficients[Op::COEFFICIENTS];
  loadCoefficients<Op>(params, thread, coefficients);
  for (;;) {
#pragma unroll
    for (int visit = 0; visit < Op::VISITS; visit++) {
      const uint64_t granule = first + static_cast<uint64_t>(visit) * shape.stride;
      if (granule < shape.granules) granules[visit].store(params, granule, coefficients);
    }
    first += static_cast<uint64_t>(Op::VISITS) * shape.stride;
    if (first >= shape.granules) return;
    load();
  }
}

} // namespace bn
