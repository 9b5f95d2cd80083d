#include "driver.h"

namespace batchnorm::checked {

NativeError Driver::error(raw::CUresult status, const char* call) const {
  const char* name = nullptr;
  const char* text = nullptr;
  table.cuGetErrorName(status, &name);
  table.cuGetErrorString(status, &text);
  NativeError error;
  error.call = call;
  error.status = status;
  error.statusName = name != nullptr ? name : "unknown status";
  error.text = text != nullptr ? text : "";
  error.versions = *versions_;
  error.sticky = isSticky(status);
  return error;
}

void Driver::fail(raw::CUresult status, const char* call) const { throw error(status, call); }

}  // namespace batchnorm::checked
