// The device's primary context, and whose context a thread has.
#pragma once

#include <new>
#include <utility>

#include "../checked/driver.h"

namespace batchnorm::owning {

/** The primary context of a device, shared with whoever else in the process uses it (PyTorch, the
 * CUDA runtime). */
class PrimaryContext {
 public:
  PrimaryContext(const checked::Driver& driver, int ordinal);
  PrimaryContext(PrimaryContext&& other) noexcept
      : driver_(other.driver_),
        device_(other.device_),
        context_(std::exchange(other.context_, nullptr)) {}
  PrimaryContext& operator=(PrimaryContext&&) = delete;
  ~PrimaryContext();

  raw::CUcontext get() const { return context_; }

 private:
  void leave() const noexcept;

  const checked::Driver* driver_;
  raw::CUdevice device_ = 0;
  raw::CUcontext context_ = nullptr;
};

/**
 * While it lives the calling thread works in this context; then a foreign one that was current
 * before is current again. A thread that had none keeps ours, so that the next call finds it in
 * place.
 */
class ContextScope {
 public:
  ContextScope(const checked::Driver& driver, raw::CUcontext context) : driver_(&driver) {
    driver.cuCtxGetCurrent(&before_);
    if (before_ == context) {
      before_ = nullptr;
    } else {
      driver.cuCtxSetCurrent(context);
    }
  }
  /** For destructors: goes on where the driver refuses. */
  ContextScope(const checked::Driver& driver, raw::CUcontext context, std::nothrow_t) noexcept
      : driver_(&driver) {
    driver.table.cuCtxGetCurrent(&before_);
    driver.table.cuCtxSetCurrent(context);
    if (before_ == context) before_ = nullptr;
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() {
    if (before_ != nullptr) driver_->table.cuCtxSetCurrent(before_);
  }

 private:
  const checked::Driver* driver_;
  raw::CUcontext before_ = nullptr;
};

}  // namespace batchnorm::owning
