// The range restriction of persistent mode, as measured on float32 in NCHW: large finite values are
// reported as a runtime error, larger ones spoil the result of their channel.
#pragma once

#include <cmath>

#include "checks.h"
#include "values.h"

namespace standin {

class Overflow {
 public:
  Overflow(cudnnBatchNormMode_t mode, const Descriptor& descriptor)
      : restricted(mode == CUDNN_BATCHNORM_SPATIAL_PERSISTENT &&
                   descriptor.dataType == CUDNN_DATA_FLOAT && !isChannelsLast(descriptor)) {}

  /** Notes what the channel's values set off. Returns whether its result is spoilt. */
  bool note(const Values& x, std::int64_t parameter, HandleState& owner) const {
    double largest = 0;
    for (std::int64_t i = 0; restricted && i < x.count; i++) {
      const double magnitude = std::fabs(x.get(parameter, i));
      if (std::isfinite(magnitude)) largest = std::fmax(largest, magnitude);
    }
    if (largest >= 1e15) owner.runtimeError = RUNTIME_FP_OVERFLOW;
    return largest >= 1e25;
  }

 private:
  const bool restricted;
};

}  // namespace standin
