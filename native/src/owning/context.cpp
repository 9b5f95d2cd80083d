#include "context.h"

namespace batchnorm::owning {

PrimaryContext::PrimaryContext(const checked::Driver& driver, int ordinal) : driver_(&driver) {
  driver.cuDeviceGet(&device_, ordinal);
  driver.cuDevicePrimaryCtxRetain(&context_, device_);
}

PrimaryContext::~PrimaryContext() {
  if (context_ == nullptr) return;
  leave();
  driver_->table.cuDevicePrimaryCtxRelease_v2(device_);
}

/**
 * A thread must not be left in a context that may be gone: whoever uses it next would fail. So a
 * refusal, which may be of earlier work, is answered by a second try.
 */
void PrimaryContext::leave() const noexcept {
  raw::CUcontext current = nullptr;
  driver_->table.cuCtxGetCurrent(&current);
  if (current != context_) return;
  if (driver_->table.cuCtxSetCurrent(nullptr) != raw::CUDA_SUCCESS) {
    driver_->table.cuCtxSetCurrent(nullptr);
  }
}

}  // namespace batchnorm::owning
