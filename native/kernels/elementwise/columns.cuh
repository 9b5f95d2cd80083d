// Which parameters belong to the elements of a granule.
#pragma once

#include "sweepParams.h"

namespace bn {

__device__ __forceinline__ uint32_t parameterOf(uint32_t column, const ColumnMap& map) {
  const uint32_t quotient = quotientOf(column, map.group);
  const uint32_t remainder = column - quotient * map.group.divisor;
  return quotient * map.quotientStep + remainder * map.remainderStep;
}

/** The parameters of COUNT elements from `column` on; after the last column comes the first. */
template <int COUNT>
__device__ __forceinline__ void parametersFrom(uint32_t column, uint32_t columns, const ColumnMap& map,
                                               uint32_t (&parameters)[COUNT]) {
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    parameters[i] = parameterOf(column, map);
    if (++column == columns) column = 0;
  }
}

} // namespace bn
