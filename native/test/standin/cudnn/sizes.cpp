// The three calls that say how much workspace and reserve space the Ex calls want.
#include "checks.h"
#include "reserve.h"

using namespace standin;

namespace {

void check(cudnnHandle_t handle, Function function, cudnnBatchNormMode_t mode,
           cudnnBatchNormOps_t ops, const Descriptor& x) {
  begin(function, handle);
  require(x.rank == 4 || x.rank == 5, "only 4-D and 5-D tensors are supported");
  // In the other modes the sizes are given, 0, and the calls refuse.
  if (mode == CUDNN_BATCHNORM_SPATIAL_PERSISTENT) checkFused(mode, ops, x);
}

}  // namespace

cudnnStatus_t cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
    cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t z, cudnnTensorDescriptor_t y,
    cudnnTensorDescriptor_t parameters, cudnnActivationDescriptor_t activation,
    std::size_t* bytes) {
  constexpr const char* name = "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize";
  return answer([&] {
    const Descriptor xs = descriptorOf(x, name);
    check(handle, Function::cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize, mode, ops,
          xs);
    checkShapes(mode, xs, descriptorOf(parameters, name), {descriptorOf(y, name)});
    if (ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION) descriptorOf(z, name);
    if (ops != CUDNN_BATCHNORM_OPS_BN) activationOf(activation, name);
    *bytes = workspaceBytes(mode, xs);
  });
}

cudnnStatus_t cudnnGetBatchNormalizationBackwardExWorkspaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
    cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t y, cudnnTensorDescriptor_t dy,
    cudnnTensorDescriptor_t dz, cudnnTensorDescriptor_t dx, cudnnTensorDescriptor_t parameters,
    cudnnActivationDescriptor_t activation, std::size_t* bytes) {
  constexpr const char* name = "cudnnGetBatchNormalizationBackwardExWorkspaceSize";
  return answer([&] {
    const Descriptor xs = descriptorOf(x, name);
    check(handle, Function::cudnnGetBatchNormalizationBackwardExWorkspaceSize, mode, ops, xs);
    checkShapes(mode, xs, descriptorOf(parameters, name),
                {descriptorOf(dy, name), descriptorOf(dx, name)});
    if (ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION) descriptorOf(dz, name);
    if (y != nullptr) descriptorOf(y, name);
    if (ops != CUDNN_BATCHNORM_OPS_BN) activationOf(activation, name);
    *bytes = workspaceBytes(mode, xs);
  });
}

cudnnStatus_t cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
    cudnnActivationDescriptor_t activation, cudnnTensorDescriptor_t x, std::size_t* bytes) {
  constexpr const char* name = "cudnnGetBatchNormalizationTrainingExReserveSpaceSize";
  return answer([&] {
    const Descriptor xs = descriptorOf(x, name);
    check(handle, Function::cudnnGetBatchNormalizationTrainingExReserveSpaceSize, mode, ops, xs);
    if (ops != CUDNN_BATCHNORM_OPS_BN) activationOf(activation, name);
    *bytes = mode == CUDNN_BATCHNORM_SPATIAL_PERSISTENT ? reserveBytes(ops, xs) : 0;
  });
}
