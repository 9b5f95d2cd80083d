#include "descriptors.h"

namespace batchnorm::owning {

namespace {

/** A constructor that throws is not followed by its destructor. */
template <class Set, class Destroy>
void setOrDestroy(Set set, Destroy destroy) {
  try {
    set();
  } catch (...) {
    destroy();
    throw;
  }
}

}  // namespace

TensorDescriptor::TensorDescriptor(const checked::Cudnn& cudnn, raw::cudnnDataType_t dataType,
                                   const std::vector<int>& dims, const std::vector<int>& strides)
    : cudnn_(&cudnn) {
  cudnn.cudnnCreateTensorDescriptor(&descriptor_);
  setOrDestroy(
      [&] {
        cudnn.cudnnSetTensorNdDescriptor(descriptor_, dataType, static_cast<int>(dims.size()),
                                         dims.data(), strides.data());
      },
      [&] { cudnn.table.cudnnDestroyTensorDescriptor(descriptor_); });
}

ReluDescriptor::ReluDescriptor(const checked::Cudnn& cudnn) : cudnn_(&cudnn) {
  cudnn.cudnnCreateActivationDescriptor(&descriptor_);
  setOrDestroy(
      [&] {
        cudnn.cudnnSetActivationDescriptor(descriptor_, raw::CUDNN_ACTIVATION_RELU,
                                           raw::CUDNN_PROPAGATE_NAN, 0.0);
      },
      [&] { cudnn.table.cudnnDestroyActivationDescriptor(descriptor_); });
}

}  // namespace batchnorm::owning
