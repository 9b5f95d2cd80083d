// What one step is called with, as numbers that TypeScript writes and a step reads.
#pragma once

#include <array>

namespace batchnorm::owning {

/** Slots in order. Device addresses (exact in float64; 0 = absent), then sizes and scalars. */
// clang-format off
#define BATCHNORM_CALL_FIELDS(X)                                                      \
  X(x) X(y) X(z) X(dy) X(dx) X(dz) X(scale) X(bias) X(dScale) X(dBias) X(runningMean) \
  X(runningVariance) X(savedMean) X(savedInvVariance) X(reserve) X(reserveBytes)      \
  X(epsilon) X(averagingFactor) X(alpha) X(beta) X(alphaParam) X(betaParam) X(bytes) \
  X(savedMeanLow) X(flags)
// clang-format on

struct CallRecord {
#define BATCHNORM_FIELD(name) double name = 0;
  BATCHNORM_CALL_FIELDS(BATCHNORM_FIELD)
#undef BATCHNORM_FIELD
};

#define BATCHNORM_NAME(name) #name,
inline constexpr std::array callFieldNames{BATCHNORM_CALL_FIELDS(BATCHNORM_NAME)};

/** Steps in the order of their numbers. */
// clang-format off
#define BATCHNORM_STEPS(X)                                                      \
  X(forwardTraining) X(forwardInference) X(backward) X(scaleParameters) X(relu) \
  X(reluBackward) X(addTensor) X(copy) X(clear) X(spread) X(transformIn)        \
  X(transformOut)
// clang-format on

enum class Step : int {
#define BATCHNORM_STEP(name) name,
  BATCHNORM_STEPS(BATCHNORM_STEP)
#undef BATCHNORM_STEP
};
inline constexpr std::array stepNames{BATCHNORM_STEPS(BATCHNORM_NAME)};
#undef BATCHNORM_NAME

static_assert(sizeof(CallRecord) == callFieldNames.size() * sizeof(double));

}  // namespace batchnorm::owning
