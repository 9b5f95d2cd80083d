// The gradient behind a ReLU: dx = dy where the stored output y is not ≤ 0, so also where it is NaN.
#pragma once

#include <stdint.h>

#include "../common/fastDivisor.h"

#ifdef __cplusplus
extern "C" {
#endif

// Tensors without gaps, all in the same order.
typedef struct MaskPackedParams {
  uint64_t elements;
  uint64_t y;
  uint64_t dy;
  uint64_t dx; // may be dy
} MaskPackedParams;

enum { MASK_MAX_RANK = 8 };

// Any strides; 1 for the dims that are not there.
typedef struct MaskStridedParams {
  uint32_t elements; // below 2^31
  uint32_t reserved;
  uint64_t strides[MASK_MAX_RANK]; // slowest first
  FastDivisor dims[MASK_MAX_RANK];
  uint64_t y;
  uint64_t dy;
  uint64_t dx; // may be dy
} MaskStridedParams;

#ifdef __cplusplus
}
#endif
