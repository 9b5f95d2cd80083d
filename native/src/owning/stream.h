// An ordered queue of work on the device.
#pragma once

#include "../checked/driver.h"

namespace batchnorm::owning {

/** Does not wait for the legacy default stream, nor it for this. */
class Stream {
 public:
  explicit Stream(const checked::Driver& driver) : driver_(&driver) {
    driver.cuStreamCreate(&stream_, raw::CU_STREAM_NON_BLOCKING);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { driver_->table.cuStreamDestroy_v2(stream_); }

  operator raw::CUstream() const { return stream_; }

  void synchronize() const { driver_->cuStreamSynchronize(stream_); }
  /** For paths that already fail: waits. False where the driver refuses. */
  bool quiesce() const noexcept {
    return driver_->table.cuStreamSynchronize(stream_) == raw::CUDA_SUCCESS;
  }

 private:
  const checked::Driver* driver_;
  raw::CUstream stream_ = nullptr;
};

}  // namespace batchnorm::owning
