// Parameters of the kernels that pass over packed tensors once, one granule (16 bytes) at a time.
// A tensor is seen as rows of `columns` elements, so that a column decides which parameters apply:
// NCHW and per-activation have C·S columns and N rows, NHWC has C columns and N·S rows.
#pragma once

#include <stdint.h>

#include "../common/fastDivisor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Parameter of a column: (column / group) · quotientStep + (column % group) · remainderStep.
typedef struct ColumnMap {
  FastDivisor group;
  uint32_t quotientStep;
  uint32_t remainderStep;
} ColumnMap;

typedef struct SweepShape {
  uint64_t granules;  // whole granules of the tensor
  FastDivisor period; // granules after which the columns repeat: columns / gcd(columns, granule)
  uint32_t stride;    // granules between two visits of a thread, a multiple of the period; one thread each
  uint32_t columns;
  uint32_t tail;      // elements after the last whole granule
  ColumnMap map;
} SweepShape;

// y = alpha · act((x − mean) · invDeviation · scale + bias + z) + beta · y
typedef struct NormalizeParams {
  SweepShape shape;
  uint32_t flags; // BN_RELU
  uint64_t x;
  uint64_t z; // 0: none
  uint64_t y; // may be x
  uint64_t scale;
  uint64_t bias;
  uint64_t mean;
  uint64_t meanLow; // apply: 0 for none
  uint64_t spread;  // inference: variance; apply: inverse deviation
  double epsilon;   // inference
  double alpha;
  double beta;
} NormalizeParams;

// dx = alpha · (g − meanGradient − x̂ · meanProjection) · invDeviation · scale + beta · dx
typedef struct PropagateParams {
  SweepShape shape;
  uint64_t x;
  uint64_t dy;
  uint64_t y; // stored output whose sign masks dy; 0: no mask
  uint64_t dx; // may be dy
  uint64_t scale;
  uint64_t mean;
  uint64_t meanLow; // 0: none
  uint64_t invDeviation;
  uint64_t meanGradient;   // Σ g / m
  uint64_t meanProjection; // Σ g · x̂ / m
  double alpha;
  double beta;
} PropagateParams;

#ifdef __cplusplus
}
#endif
