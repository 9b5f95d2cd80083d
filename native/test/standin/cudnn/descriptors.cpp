// Descriptors of tensors and activations.
#include "../control/handles.h"
#include "library.h"

namespace standin {
namespace {

auto& descriptors = *new Handles<Descriptor, cudnnTensorDescriptor_t>("tensor descriptor", 6,
                                                                      Count::tensorDescriptors);
auto& activations = *new Handles<Activation, cudnnActivationDescriptor_t>(
    "activation descriptor", 7, Count::activationDescriptors);

}  // namespace

Descriptor descriptorOf(cudnnTensorDescriptor_t handle, const char* call) {
  require(handle != nullptr, "a descriptor is null", BAD_PARAM_NULL_POINTER);
  const auto found = descriptors.find(handle, call);
  require(found != nullptr && found->rank > 0, "a descriptor is not set");
  return *found;
}

Activation activationOf(cudnnActivationDescriptor_t handle, const char* call) {
  require(handle != nullptr, "the activation descriptor is null", BAD_PARAM_NULL_POINTER);
  const auto found = activations.find(handle, call);
  require(found != nullptr && found->set, "the activation descriptor is not set");
  return *found;
}

}  // namespace standin

using namespace standin;

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* descriptor) {
  return answer([&] {
    begin(Function::cudnnCreateTensorDescriptor);
    *descriptor = descriptors.add(std::make_shared<Descriptor>());
  });
}

cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t handle, cudnnDataType_t dataType,
                                         int rank, const int* dims, const int* strides) {
  constexpr const char* name = "cudnnSetTensorNdDescriptor";
  return answer([&] {
    begin(Function::cudnnSetTensorNdDescriptor);
    const auto descriptor = descriptors.find(handle, name);
    require(descriptor != nullptr, "not a descriptor");
    require(rank >= 1 && rank <= CUDNN_MAX_RANK, "the rank is out of range",
            CUDNN_STATUS_NOT_SUPPORTED);
    require(dataType == CUDNN_DATA_FLOAT || dataType == CUDNN_DATA_DOUBLE ||
                dataType == CUDNN_DATA_HALF || dataType == CUDNN_DATA_BFLOAT16,
            "the data type is unknown");
    Descriptor made{dataType, rank};
    std::int64_t elements = 1, last = 0;
    for (int i = 0; i < rank; i++) {
      require(dims[i] > 0 && strides[i] > 0, "a dimension or stride is not positive");
      made.dims[i] = dims[i];
      made.strides[i] = strides[i];
      elements *= dims[i];
      last += std::int64_t{dims[i] - 1} * strides[i];
      require(elements < std::int64_t{1} << 31 && last < std::int64_t{1} << 31,
              "2^31 elements or more", CUDNN_STATUS_NOT_SUPPORTED);
    }
    *descriptor = made;
  });
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t descriptor) {
  return release(Function::cudnnDestroyTensorDescriptor, descriptors, descriptor);
}

cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* descriptor) {
  return answer([&] {
    begin(Function::cudnnCreateActivationDescriptor);
    *descriptor = activations.add(std::make_shared<Activation>());
  });
}

cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t handle,
                                           cudnnActivationMode_t mode,
                                           cudnnNanPropagation_t nanPropagation, double) {
  return answer([&] {
    begin(Function::cudnnSetActivationDescriptor);
    const auto descriptor = activations.find(handle, "cudnnSetActivationDescriptor");
    require(descriptor != nullptr, "not a descriptor");
    require(mode == CUDNN_ACTIVATION_RELU, "the stand-in knows ReLU", CUDNN_STATUS_NOT_SUPPORTED);
    *descriptor = {true, nanPropagation == CUDNN_PROPAGATE_NAN};
  });
}

cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t descriptor) {
  return release(Function::cudnnDestroyActivationDescriptor, activations, descriptor);
}
