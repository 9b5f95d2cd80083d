// The functions of both libraries as numbers, made from the lists the addon itself loads by: a
// function that is added there and not here fails to compile or to load.
#pragma once

#include "../../../src/raw/cudnn_functions.h"
#include "../../../src/raw/driver_functions.h"

namespace standin {

enum class Function : int {
#define X(name, ...) name,
  BATCHNORM_DRIVER_FUNCTIONS(X) BATCHNORM_CUDNN_FUNCTIONS(X)
#undef X
      count
};

inline constexpr int functionCount = static_cast<int>(Function::count);

inline constexpr const char* functionNames[functionCount] = {
#define X(name, ...) #name,
    BATCHNORM_DRIVER_FUNCTIONS(X) BATCHNORM_CUDNN_FUNCTIONS(X)
#undef X
};

}  // namespace standin
