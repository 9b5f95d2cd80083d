// Mean and variance of a group of values, in two passes in float64.
#pragma once

#include "values.h"

namespace standin {

struct Moments {
  double mean, variance;
};

inline Moments momentsOf(const Values& x, std::int64_t parameter) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < x.count; i++) sum += x.get(parameter, i);
  const double mean = sum / static_cast<double>(x.count);
  for (std::int64_t i = 0; i < x.count; i++) {
    const double distance = x.get(parameter, i) - mean;
    squares += distance * distance;
  }
  return {mean, squares / static_cast<double>(x.count)};
}

}  // namespace standin
