// The functions of both libraries as pointers: filled once at load time, called ever after.
#pragma once

#include "cudnn_functions.h"
#include "driver_functions.h"
#include "library.h"

namespace batchnorm::raw {

struct DriverTable {
#define BATCHNORM_MEMBER(name, parameters) CUresult(*name) parameters;
  BATCHNORM_DRIVER_FUNCTIONS(BATCHNORM_MEMBER)
#undef BATCHNORM_MEMBER
};

struct CudnnTable {
#define BATCHNORM_MEMBER(name, result, parameters) result(*name) parameters;
  BATCHNORM_CUDNN_FUNCTIONS(BATCHNORM_MEMBER)
#undef BATCHNORM_MEMBER
};

/** Every function of the list, or LoadFailure naming the first that is missing. */
inline DriverTable resolveDriver(const Library& library) {
  DriverTable table{};
#define BATCHNORM_RESOLVE(name, parameters) library.resolve(table.name, #name);
  BATCHNORM_DRIVER_FUNCTIONS(BATCHNORM_RESOLVE)
#undef BATCHNORM_RESOLVE
  return table;
}

/** As resolveDriver. */
inline CudnnTable resolveCudnn(const Library& library) {
  CudnnTable table{};
#define BATCHNORM_RESOLVE(name, result, parameters) library.resolve(table.name, #name);
  BATCHNORM_CUDNN_FUNCTIONS(BATCHNORM_RESOLVE)
#undef BATCHNORM_RESOLVE
  return table;
}

}  // namespace batchnorm::raw
