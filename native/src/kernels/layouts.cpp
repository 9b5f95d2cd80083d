#include "layouts.h"

#include <cstdint>
#include <type_traits>

#include "../../kernels/generic/genericParams.h"
#include "../../kernels/mask/maskParams.h"

namespace batchnorm::kernels {

namespace {

template <class Type>
constexpr const char* kindOf() {
  static_assert(std::is_arithmetic_v<Type> && (sizeof(Type) == 4 || sizeof(Type) == 8));
  if constexpr (std::is_floating_point_v<Type>) return sizeof(Type) == 4 ? "f32" : "f64";
  return sizeof(Type) == 4 ? "u32" : "u64";
}

// Lists of fields: X(path) for each number in the struct, those of nested structs by their own
// list.
// clang-format off
#define DIVISOR(X, at) X(at.divisor) X(at.magic) X(at.shift)
#define COLUMN_MAP(X, at) DIVISOR(X, at.group) X(at.quotientStep) X(at.remainderStep)
#define SWEEP(X, at) \
  X(at.granules) DIVISOR(X, at.period) X(at.stride) X(at.columns) X(at.tail) COLUMN_MAP(X, at.map)
#define PLANES(X, at) \
  X(at.count) X(at.channels) X(at.plane) DIVISOR(X, at.granulesPerPlane) X(at.granulesPerChannel) \
  X(at.granulesPerSplit)
#define COLUMNS(X, at) \
  X(at.rows) X(at.columns) X(at.rowsPerSplit) X(at.laneShift) COLUMN_MAP(X, at.map)
#define STRIDED_DIM(X, at, i) DIVISOR(X, at.dims[i]) X(at.strides[i])
#define STRIDED_DIMS(X, at) \
  X(at.rank) X(at.size) STRIDED_DIM(X, at, 0) STRIDED_DIM(X, at, 1) STRIDED_DIM(X, at, 2) \
  STRIDED_DIM(X, at, 3) STRIDED_DIM(X, at, 4) STRIDED_DIM(X, at, 5) STRIDED_DIM(X, at, 6) \
  STRIDED_DIM(X, at, 7)
#define STRIDED(X, at) \
  STRIDED_DIMS(X, at.kept) STRIDED_DIMS(X, at.reduced) X(at.reducedPerSplit) X(at.laneShift)
#define STATISTICS(X, at) \
  X(at.mean) X(at.meanLow) X(at.invDeviation) X(at.runningMean) X(at.runningVariance) X(at.epsilon) \
  X(at.averagingFactor) X(at.flags) X(at.reserved)
#define PARAMETER_GRADIENTS(X, at) X(at.dScale) X(at.dBias) X(at.alpha) X(at.beta)
#define MOMENTS(X, at) X(at.x) X(at.parts) X(at.parameters)
#define GRADIENTS(X, at) \
  X(at.x) X(at.dy) X(at.y) X(at.dz) X(at.dx) X(at.scale) X(at.mean) X(at.meanLow) X(at.spread) \
  X(at.epsilon) X(at.alpha) X(at.beta) X(at.parts) X(at.parameters) X(at.flags) X(at.reserved)

#define NormalizeParams_FIELDS(X) \
  SWEEP(X, shape) X(flags) X(x) X(z) X(y) X(scale) X(bias) X(mean) X(meanLow) X(spread) X(epsilon) \
  X(alpha) X(beta)
#define PropagateParams_FIELDS(X) \
  SWEEP(X, shape) X(x) X(dy) X(y) X(dx) X(scale) X(mean) X(meanLow) X(invDeviation) X(meanGradient) \
  X(meanProjection) X(alpha) X(beta)
#define PlanesMomentsParams_FIELDS(X) PLANES(X, shape) MOMENTS(X, work)
#define ColumnsMomentsParams_FIELDS(X) COLUMNS(X, shape) MOMENTS(X, work)
#define StridedMomentsParams_FIELDS(X) STRIDED(X, shape) MOMENTS(X, work)
#define PlanesGradientsParams_FIELDS(X) PLANES(X, shape) GRADIENTS(X, work)
#define ColumnsGradientsParams_FIELDS(X) COLUMNS(X, shape) GRADIENTS(X, work)
#define StridedGradientsParams_FIELDS(X) STRIDED(X, shape) GRADIENTS(X, work)
#define StridedNormalizeParams_FIELDS(X) \
  STRIDED(X, shape) X(normalize.flags) X(normalize.x) X(normalize.z) X(normalize.y) X(normalize.scale) \
  X(normalize.bias) X(normalize.mean) X(normalize.meanLow) X(normalize.spread) X(normalize.epsilon) \
  X(normalize.alpha) X(normalize.beta)
#define StridedPropagateParams_FIELDS(X) \
  STRIDED(X, shape) X(propagate.x) X(propagate.dy) X(propagate.y) X(propagate.dx) X(propagate.scale) \
  X(propagate.mean) X(propagate.meanLow) X(propagate.invDeviation) X(propagate.meanGradient) \
  X(propagate.meanProjection) X(propagate.alpha) X(propagate.beta)
#define FinishMomentsParams_FIELDS(X) \
  X(parts) X(parameters) X(splits) X(laneShift) X(reserved) STATISTICS(X, target)
#define FinishGradientsParams_FIELDS(X) \
  X(parts) X(parameters) X(splits) X(laneShift) X(reserved) PARAMETER_GRADIENTS(X, target) \
  X(meanGradient) X(meanProjection) X(count)
#define ResidentForwardParams_FIELDS(X) \
  COLUMNS(X, shape) X(flags) X(reserved) X(x) X(z) X(y) X(scale) X(bias) X(alpha) X(beta) \
  STATISTICS(X, target)
#define ResidentBackwardParams_FIELDS(X) \
  COLUMNS(X, shape) X(x) X(dy) X(y) X(dz) X(dx) X(scale) X(mean) X(meanLow) X(invDeviation) X(epsilon) \
  X(alpha) X(beta) PARAMETER_GRADIENTS(X, target)

#define MaskPackedParams_FIELDS(X) X(elements) X(y) X(dy) X(dx)
#define MaskStridedParams_FIELDS(X) \
  X(elements) X(reserved) X(y) X(dy) X(dx) DIVISOR(X, dims[0]) DIVISOR(X, dims[1]) DIVISOR(X, dims[2]) \
  DIVISOR(X, dims[3]) DIVISOR(X, dims[4]) DIVISOR(X, dims[5]) DIVISOR(X, dims[6]) DIVISOR(X, dims[7]) \
  X(strides[0]) X(strides[1]) X(strides[2]) X(strides[3]) X(strides[4]) X(strides[5]) X(strides[6]) \
  X(strides[7])

#define STRUCTS(X) \
  X(MaskPackedParams) X(MaskStridedParams) \
  X(NormalizeParams) X(PropagateParams) X(PlanesMomentsParams) X(ColumnsMomentsParams) \
  X(StridedMomentsParams) X(PlanesGradientsParams) X(ColumnsGradientsParams) X(StridedGradientsParams) \
  X(StridedNormalizeParams) X(StridedPropagateParams) X(FinishMomentsParams) X(FinishGradientsParams) \
  X(ResidentForwardParams) X(ResidentBackwardParams)
// clang-format on

#define FIELD(path)        \
  layout.fields.push_back( \
      {#path, offsetof(Struct, path), kindOf<std::remove_cvref_t<decltype((made.path))>>()});
#define LAYOUT_OF(name)                          \
  Layout layoutOf##name() {                      \
    using Struct = ::name;                       \
    [[maybe_unused]] static const Struct made{}; \
    Layout layout{#name, sizeof(Struct), {}};    \
    name##_FIELDS(FIELD) return layout;          \
  }
STRUCTS(LAYOUT_OF)

}  // namespace

std::vector<Layout> layouts() {
#define CALL(name) layoutOf##name(),
  return {STRUCTS(CALL)};
}

}  // namespace batchnorm::kernels
