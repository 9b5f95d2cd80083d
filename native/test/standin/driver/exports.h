// Prototypes of everything libcuda_standin.so exports, from the addon's own list: a definition with
// another signature does not compile.
#pragma once

#include "../../../src/raw/driver_functions.h"

namespace standin {
using namespace batchnorm::raw;
}
using namespace batchnorm::raw;

#define X(name, parameters) \
  extern "C" __attribute__((visibility("default"))) CUresult name parameters;
BATCHNORM_DRIVER_FUNCTIONS(X)
#undef X

namespace standin {

// Statuses that the addon has no name for.
inline constexpr CUresult INVALID_DEVICE = static_cast<CUresult>(101);
inline constexpr CUresult INVALID_CONTEXT = static_cast<CUresult>(201);
inline constexpr CUresult INVALID_HANDLE = static_cast<CUresult>(400);
inline constexpr CUresult NOT_READY = static_cast<CUresult>(600);

}  // namespace standin
