// Prototypes of everything libcudnn_standin.so exports, from the addon's own list: a definition
// with another signature does not compile.
#pragma once

#include "../../../src/raw/cudnn_functions.h"

using namespace batchnorm::raw;

#define X(name, result, parameters) \
  extern "C" __attribute__((visibility("default"))) result name parameters;
BATCHNORM_CUDNN_FUNCTIONS(X)
#undef X

namespace standin {

// Statuses that the addon has no name for.
inline constexpr cudnnStatus_t NOT_INITIALIZED = static_cast<cudnnStatus_t>(1001);
inline constexpr cudnnStatus_t RUNTIME_IN_PROGRESS = static_cast<cudnnStatus_t>(1006);
inline constexpr cudnnStatus_t RUNTIME_FP_OVERFLOW = static_cast<cudnnStatus_t>(1007);
inline constexpr cudnnStatus_t BAD_PARAM_NULL_POINTER = static_cast<cudnnStatus_t>(2002);

}  // namespace standin
