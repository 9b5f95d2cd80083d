// cuDNN's descriptors, made and destroyed with the objects here.
#pragma once

#include <vector>

#include "../checked/cudnn.h"

namespace batchnorm::owning {

class TensorDescriptor {
 public:
  /** @param dims,strides Of equal length, at most CUDNN_MAX_RANK. */
  TensorDescriptor(const checked::Cudnn& cudnn, raw::cudnnDataType_t dataType,
                   const std::vector<int>& dims, const std::vector<int>& strides);
  TensorDescriptor(const TensorDescriptor&) = delete;
  TensorDescriptor& operator=(const TensorDescriptor&) = delete;
  ~TensorDescriptor() { cudnn_->table.cudnnDestroyTensorDescriptor(descriptor_); }

  operator raw::cudnnTensorDescriptor_t() const { return descriptor_; }

 private:
  const checked::Cudnn* cudnn_;
  raw::cudnnTensorDescriptor_t descriptor_ = nullptr;
};

/** ReLU that lets NaN pass. */
class ReluDescriptor {
 public:
  explicit ReluDescriptor(const checked::Cudnn& cudnn);
  ReluDescriptor(const ReluDescriptor&) = delete;
  ReluDescriptor& operator=(const ReluDescriptor&) = delete;
  ~ReluDescriptor() { cudnn_->table.cudnnDestroyActivationDescriptor(descriptor_); }

  operator raw::cudnnActivationDescriptor_t() const { return descriptor_; }

 private:
  const checked::Cudnn* cudnn_;
  raw::cudnnActivationDescriptor_t descriptor_ = nullptr;
};

}  // namespace batchnorm::owning
