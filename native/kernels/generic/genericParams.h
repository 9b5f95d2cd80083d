// Parameters of the generic kernels: any GPU from compute capability 7.5, any type, any strides.
//
// Training is three launches over a workspace of partial results: moments_* or gradients_* (each block one
// part), finish_* (parts to statistics or parameter gradients), then a pass that writes y or dx. What fits
// in registers is one launch (resident).
//
// A "parameter" is an index into scale, bias and all statistics: c, or c, spatial… per activation.
#pragma once

#include <stdint.h>

#include "../common/fastDivisor.h"
#include "../elementwise/sweepParams.h"

#ifdef __cplusplus
extern "C" {
#endif

// More bits of `flags`.
enum {
  BN_SPREAD_IS_VARIANCE = 1u << 16 // `spread` holds variances, else inverse deviations
};

// What a block found about one parameter: in the workspace at [split · parameters + parameter].
typedef struct MomentsPart {
  double count;
  double mean;
  double m2;
} MomentsPart;

typedef struct SumsPart {
  double gradient;   // Σ g
  double projection; // Σ g · x̂
} SumsPart;

// Packed N, C, S: the values of a parameter lie in planes of S. Grid: channels, splits.
typedef struct PlanesShape {
  uint64_t count; // elements of the tensor
  uint32_t channels;
  uint32_t plane;                // S
  FastDivisor granulesPerPlane;  // S / granule, or where S is no multiple: ceil((S − 1) / granule) + 1
  uint32_t granulesPerChannel;   // N · granulesPerPlane, below 2^31
  uint32_t granulesPerSplit;
} PlanesShape;

// Packed rows of `columns` elements, a multiple of a granule: values of a parameter lie a row apart.
// A block is 2^laneShift granules wide. Grid: ceil(columns / granule / 2^laneShift), splits.
typedef struct ColumnsShape {
  uint32_t rows;
  uint32_t columns;
  uint32_t rowsPerSplit;
  uint32_t laneShift;
  ColumnMap map;
} ColumnsShape;

enum { STRIDED_MAX_RANK = 8 };

// Some dims of a tensor, slowest first; 1s removed, those that follow one another evenly merged.
typedef struct StridedDims {
  uint32_t rank;
  uint32_t size; // product, below 2^31
  FastDivisor dims[STRIDED_MAX_RANK];
  uint64_t strides[STRIDED_MAX_RANK]; // in elements
} StridedDims;

// Any strides. `kept` enumerates parameters, `reduced` the values of one. A block takes 2^laneShift
// parameters side by side. Grid: ceil(kept.size / 2^laneShift), splits.
typedef struct StridedShape {
  StridedDims kept;
  StridedDims reduced;
  uint32_t reducedPerSplit;
  uint32_t laneShift;
} StridedShape;

// Where statistics of a batch go. 0: not wanted.
typedef struct StatisticsTarget {
  uint64_t mean;
  uint64_t meanLow;
  uint64_t invDeviation;
  uint64_t runningMean;
  uint64_t runningVariance;
  double epsilon;
  double averagingFactor;
  uint32_t flags; // BN_BIASED_RUNNING_VARIANCE
  uint32_t reserved;
} StatisticsTarget;

// Where gradients of scale and bias go.
typedef struct ParameterGradients {
  uint64_t dScale;
  uint64_t dBias;
  double alpha;
  double beta;
} ParameterGradients;

typedef struct MomentsWork {
  uint64_t x;
  uint64_t parts; // MomentsPart
  uint64_t parameters;
} MomentsWork;

typedef struct PlanesMomentsParams { PlanesShape shape; MomentsWork work; } PlanesMomentsParams;
typedef struct ColumnsMomentsParams { ColumnsShape shape; MomentsWork work; } ColumnsMomentsParams;
typedef struct StridedMomentsParams { StridedShape shape; MomentsWork work; } StridedMomentsParams;

// Sums over the masked gradient g; also writes dz = g, and dx = alpha · g · invDeviation · scale + beta · dx
// where statistics are fixed.
typedef struct GradientsWork {
  uint64_t x;
  uint64_t dy;
  uint64_t y;  // stored output whose sign masks dy; 0: no mask
  uint64_t dz; // 0: none
  uint64_t dx; // backwardInference; 0: none
  uint64_t scale; // with dx
  uint64_t mean;
  uint64_t meanLow; // 0: none
  uint64_t spread;
  double epsilon; // with BN_SPREAD_IS_VARIANCE
  double alpha;
  double beta;
  uint64_t parts; // SumsPart
  uint64_t parameters;
  uint32_t flags; // BN_SPREAD_IS_VARIANCE
  uint32_t reserved;
} GradientsWork;

typedef struct PlanesGradientsParams { PlanesShape shape; GradientsWork work; } PlanesGradientsParams;
typedef struct ColumnsGradientsParams { ColumnsShape shape; GradientsWork work; } ColumnsGradientsParams;
typedef struct StridedGradientsParams { StridedShape shape; GradientsWork work; } StridedGradientsParams;

// Elementwise passes over any strides; `shape` in the inner params is not used.
typedef struct StridedNormalizeParams { StridedShape shape; NormalizeParams normalize; } StridedNormalizeParams;
typedef struct StridedPropagateParams { StridedShape shape; PropagateParams propagate; } StridedPropagateParams;

// 2^laneShift threads a parameter, at most 32. Grid: ceil(parameters · 2^laneShift / 256).
typedef struct FinishMomentsParams {
  uint64_t parts;
  uint32_t parameters;
  uint32_t splits;
  uint32_t laneShift;
  uint32_t reserved;
  StatisticsTarget target;
} FinishMomentsParams;

typedef struct FinishGradientsParams {
  uint64_t parts;
  uint32_t parameters;
  uint32_t splits; // 0 where x is empty: the sums are 0
  uint32_t laneShift;
  uint32_t reserved;
  ParameterGradients target;
  uint64_t meanGradient;   // 0: not wanted
  uint64_t meanProjection;
  double count; // values of a parameter
} FinishGradientsParams;

// One launch, x read once: all rows of a column in the registers of a block, so many a thread:
// rows ≤ RESIDENT_…_ROWS · 256 / 2^laneShift, half of it for 16-bit types.
// Grid: ceil(columns / granule / 2^laneShift).
enum { RESIDENT_FORWARD_ROWS = 16, RESIDENT_BACKWARD_ROWS = 8 };

typedef struct ResidentForwardParams {
  ColumnsShape shape;
  uint32_t flags; // BN_RELU
  uint32_t reserved;
  uint64_t x;
  uint64_t z; // 0: none
  uint64_t y;
  uint64_t scale;
  uint64_t bias;
  double alpha;
  double beta;
  StatisticsTarget target;
} ResidentForwardParams;

typedef struct ResidentBackwardParams {
  ColumnsShape shape;
  uint64_t x;
  uint64_t dy;
  uint64_t y;  // 0: no mask
  uint64_t dz; // 0: none
  uint64_t dx;
  uint64_t scale;
  uint64_t mean; // 0: statistics are computed again, with epsilon
  uint64_t meanLow;
  uint64_t invDeviation;
  double epsilon;
  double alpha;
  double beta;
  ParameterGradients target;
} ResidentBackwardParams;

#ifdef __cplusplus
}
#endif
