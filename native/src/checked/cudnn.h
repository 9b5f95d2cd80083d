// cuDNN, each call checked: as checked/driver.h. Functions that return no status return their
// value.
#pragma once

#include <type_traits>
#include <utility>

#include "../raw/tables.h"
#include "driver.h"
#include "error.h"

namespace batchnorm::checked {

class Cudnn {
 public:
  /** `versions` and `driver` must outlive this. */
  Cudnn(const raw::CudnnTable& functions, const Driver& driver, const Versions& versions)
      : table(functions), driver_(&driver), versions_(&versions) {}

#define BATCHNORM_CHECKED(name, result, parameters)                             \
  template <class... Arguments>                                                 \
  auto name(Arguments&&... arguments) const {                                   \
    using Result = decltype(table.name(std::forward<Arguments>(arguments)...)); \
    if constexpr (std::is_same_v<Result, raw::cudnnStatus_t>) {                 \
      const Result status = table.name(std::forward<Arguments>(arguments)...);  \
      if (status != raw::CUDNN_STATUS_SUCCESS) fail(status, #name);             \
    } else {                                                                    \
      return table.name(std::forward<Arguments>(arguments)...);                 \
    }                                                                           \
  }
  BATCHNORM_CUDNN_FUNCTIONS(BATCHNORM_CHECKED)
#undef BATCHNORM_CHECKED

  /** The error a status of `call` stands for. */
  NativeError error(raw::cudnnStatus_t status, const char* call) const;

  /** Unchecked, for destructors, where there is nobody to tell. */
  const raw::CudnnTable table;

 private:
  [[noreturn]] void fail(raw::cudnnStatus_t status, const char* call) const;

  const Driver* driver_;
  const Versions* versions_;
};

}  // namespace batchnorm::checked
