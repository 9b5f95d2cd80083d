// From the moments of a batch to what is kept of it.
#pragma once

#include "../common/inverseDeviation.cuh"
#include "../common/moments.cuh"
#include "../elementwise/stream.cuh"
#include "../params.h"
#include "genericParams.h"

namespace bn {

/** Mean in two words and 1/sqrt(variance + epsilon), in the type of statistics. */
template <typename A> struct BatchStatistics {
  A mean, meanLow, invDeviation;
};

__device__ __forceinline__ void setMean(BatchStatistics<float>& statistics, double mean) {
  const TwoWords words = splitWords(mean);
  statistics.mean = words.hi;
  statistics.meanLow = words.lo;
}
__device__ __forceinline__ void setMean(BatchStatistics<double>& statistics, double mean) {
  statistics.mean = mean;
  statistics.meanLow = 0.0;
}

template <typename A>
__device__ __forceinline__ BatchStatistics<A> statisticsOf(const WideMoments& moments, double epsilon) {
  BatchStatistics<A> statistics;
  setMean(statistics, moments.mean);
  statistics.invDeviation = static_cast<A>(inverseDeviation(moments.m2 / moments.count, epsilon));
  return statistics;
}

/** (1 − factor) · old + factor · fresh; factor 1 does not read, so that an old NaN is gone. */
template <typename A>
__device__ __forceinline__ void updateRunning(uint64_t address, uint32_t parameter, double factor, double fresh) {
  if (address == 0) return;
  A* place = at<A>(address, parameter);
  *place = static_cast<A>(factor == 1.0 ? fresh : (1.0 - factor) * static_cast<double>(*place) + factor * fresh);
}

template <typename A>
__device__ __forceinline__ void keepStatistics(const StatisticsTarget& target, uint32_t parameter,
                                               const WideMoments& moments, const BatchStatistics<A>& statistics) {
  if (target.mean != 0) *at<A>(target.mean, parameter) = statistics.mean;
  if (target.meanLow != 0) *at<A>(target.meanLow, parameter) = statistics.meanLow;
  if (target.invDeviation != 0) *at<A>(target.invDeviation, parameter) = statistics.invDeviation;
  const double freedom = target.flags & BN_BIASED_RUNNING_VARIANCE ? moments.count : moments.count - 1.0;
  updateRunning<A>(target.runningMean, parameter, target.averagingFactor, moments.mean);
  updateRunning<A>(target.runningVariance, parameter, target.averagingFactor, moments.m2 / freedom);
}

/** alpha · sum + beta · old; beta 0 does not read. */
template <typename A>
__device__ __forceinline__ void keepGradient(uint64_t address, uint32_t parameter, double sum,
                                             const ParameterGradients& target) {
  A* place = at<A>(address, parameter);
  const double old = target.beta == 0.0 ? 0.0 : target.beta * static_cast<double>(*place);
  *place = static_cast<A>(target.alpha * sum + old);
}

} // namespace bn
