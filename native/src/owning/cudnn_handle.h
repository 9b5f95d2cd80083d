// A cuDNN handle: what its calls are made with, and the stream they go to.
#pragma once

#include "libraries.h"
#include "stream.h"

namespace batchnorm::owning {

/** Takes long to make (it loads kernels) and keeps some device memory: one for each device. Not for
 * several threads. */
class CudnnHandle {
 public:
  /** `libraries` and `stream` must outlive this. */
  CudnnHandle(const Libraries& libraries, const Stream& stream)
      : libraries_(&libraries), stream_(&stream) {
    cudnn().cudnnCreate(&handle_);
    const raw::cudnnStatus_t status = cudnn().table.cudnnSetStream(handle_, stream);
    if (status == raw::CUDNN_STATUS_SUCCESS) return;
    const checked::NativeError error = cudnn().error(status, "cudnnSetStream");
    cudnn().table.cudnnDestroy(handle_);
    throw error;
  }
  CudnnHandle(const CudnnHandle&) = delete;
  CudnnHandle& operator=(const CudnnHandle&) = delete;
  ~CudnnHandle() { cudnn().table.cudnnDestroy(handle_); }

  operator raw::cudnnHandle_t() const { return handle_; }
  const checked::Cudnn& cudnn() const { return libraries_->cudnn; }
  const checked::Driver& driver() const { return libraries_->driver; }
  const Stream& stream() const { return *stream_; }

 private:
  const Libraries* libraries_;
  const Stream* stream_;
  raw::cudnnHandle_t handle_ = nullptr;
};

}  // namespace batchnorm::owning
