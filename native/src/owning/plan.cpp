#include "plan.h"

#include <algorithm>

namespace batchnorm::owning {

Plan::Plan(const CudnnHandle& handle, MemoryPool& memory, const PlanSpec& spec)
    : handle_(&handle),
      mode_(spec.mode),
      fusion_(spec.fusion),
      extended_(spec.extended),
      doubleScalars_(spec.dataType == raw::CUDNN_DATA_DOUBLE),
      doubleParameters_(spec.parameterType == raw::CUDNN_DATA_DOUBLE),
      tensor_(handle.cudnn(), spec.dataType, spec.dims, spec.strides),
      parameters_(handle.cudnn(), spec.parameterType, spec.parameterDims, spec.parameterStrides),
      relu_(handle.cudnn()) {
  if (!extended_) return;
  sizes_ = askSizes();
  workspace_.emplace(memory, std::max(sizes_.trainingWorkspace, sizes_.backwardWorkspace));
}

PlanSizes Plan::askSizes() const {
  const checked::Cudnn& cudnn = handle_->cudnn();
  const raw::cudnnHandle_t handle = *handle_;
  const raw::cudnnTensorDescriptor_t tensor = tensor_;
  const raw::cudnnTensorDescriptor_t parameters = parameters_;
  const raw::cudnnActivationDescriptor_t activation = fusedActivation();
  PlanSizes sizes;
  cudnn.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
      handle, mode_, fusion_, tensor, fusedOperand(), tensor, parameters, activation,
      &sizes.trainingWorkspace);
  cudnn.cudnnGetBatchNormalizationBackwardExWorkspaceSize(
      handle, mode_, fusion_, tensor, fusedOutput(), tensor, fusedOperand(), tensor, parameters,
      activation, &sizes.backwardWorkspace);
  cudnn.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(handle, mode_, fusion_, activation,
                                                             tensor, &sizes.reserve);
  return sizes;
}

void Plan::run(Step step, const CallRecord& call) const {
  switch (step) {
    case Step::forwardTraining:
      return extended_ ? forwardTrainingEx(call) : forwardTraining(call);
    case Step::forwardInference:
      return forwardInference(call);
    case Step::backward:
      return extended_ ? backwardEx(call) : backward(call);
    case Step::scaleParameters:
      return scaleParameters(call);
    case Step::relu:
      return relu(call);
    case Step::reluBackward:
      return reluBackward(call);
    case Step::addTensor:
      return addTensor(call);
    case Step::copy:
      return copy(call);
    case Step::clear:
      return clear(call);
    case Step::spread:
      return spread(call);
    case Step::transformIn:
      return transformIn(call);
    case Step::transformOut:
      return transformOut(call);
  }
}

raw::cudnnActivationDescriptor_t Plan::fusedActivation() const {
  return fusion_ == raw::CUDNN_BATCHNORM_OPS_BN ? nullptr : raw::cudnnActivationDescriptor_t{relu_};
}

raw::cudnnTensorDescriptor_t Plan::fusedOperand() const {
  return fusion_ == raw::CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION
             ? raw::cudnnTensorDescriptor_t{tensor_}
             : nullptr;
}

raw::cudnnTensorDescriptor_t Plan::fusedOutput() const {
  return fusion_ == raw::CUDNN_BATCHNORM_OPS_BN ? nullptr : raw::cudnnTensorDescriptor_t{tensor_};
}

}  // namespace batchnorm::owning
