// The CUDA driver API, each call checked: one method per function of the list, with its name and
// arguments; it throws NativeError where the driver returned anything but success.
#pragma once

#include <utility>

#include "../raw/tables.h"
#include "error.h"

namespace batchnorm::checked {

class Driver {
 public:
  /** `versions` is filled in later and read by errors: it must outlive this. */
  Driver(const raw::DriverTable& functions, const Versions& versions)
      : table(functions), versions_(&versions) {}

#define BATCHNORM_CHECKED(name, parameters)                                         \
  template <class... Arguments>                                                     \
  void name(Arguments&&... arguments) const {                                       \
    const raw::CUresult status = table.name(std::forward<Arguments>(arguments)...); \
    if (status != raw::CUDA_SUCCESS) fail(status, #name);                           \
  }
  BATCHNORM_DRIVER_FUNCTIONS(BATCHNORM_CHECKED)
#undef BATCHNORM_CHECKED

  /** The error a status of `call` stands for. */
  NativeError error(raw::CUresult status, const char* call) const;

  /** Unchecked, for destructors, where there is nobody to tell. */
  const raw::DriverTable table;

 private:
  [[noreturn]] void fail(raw::CUresult status, const char* call) const;

  const Versions* versions_;
};

}  // namespace batchnorm::checked
