#include "cudnn.h"

#include <array>

namespace batchnorm::checked {

namespace {

/** cuDNN hides the driver's status; a call that needs nothing shows whether the context still
 * works. */
bool contextIsBroken(const Driver& driver) {
  std::size_t free = 0;
  std::size_t total = 0;
  return isSticky(driver.table.cuMemGetInfo_v2(&free, &total));
}

}  // namespace

NativeError Cudnn::error(raw::cudnnStatus_t status, const char* call) const {
  std::array<char, 1024> text{};
  table.cudnnGetLastErrorString(text.data(), text.size());
  text.back() = '\0';
  const char* name = table.cudnnGetErrorString(status);
  NativeError error;
  error.call = call;
  error.status = status;
  error.statusName = name != nullptr ? name : "unknown status";
  error.text = text.data();
  error.versions = *versions_;
  error.sticky = contextIsBroken(*driver_);
  return error;
}

void Cudnn::fail(raw::cudnnStatus_t status, const char* call) const { throw error(status, call); }

}  // namespace batchnorm::checked
