// The steps of a plan: each reads its arguments from the record and makes one call.
#include <cstdint>

#include "plan.h"

namespace batchnorm::owning {

namespace {

/** A scalar in the type cuDNN wants it in. */
class Scalar {
 public:
  Scalar(double value, bool wide)
      : wide_(wide), double_(value), float_(static_cast<float>(value)) {}
  const void* get() const { return wide_ ? static_cast<const void*>(&double_) : &float_; }

 private:
  bool wide_;
  double double_;
  float float_;
};

raw::CUdeviceptr address(double slot) { return static_cast<raw::CUdeviceptr>(slot); }
void* at(double slot) { return reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot)); }
std::size_t count(double slot) { return static_cast<std::size_t>(slot); }

}  // namespace

void* Plan::workspace() const { return at(static_cast<double>(workspace_->address())); }

void Plan::forwardTraining(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  handle_->cudnn().cudnnBatchNormalizationForwardTraining(
      *handle_, mode_, alpha.get(), beta.get(), tensor_, at(call.x), tensor_, at(call.y),
      parameters_, at(call.scale), at(call.bias), call.averagingFactor, at(call.runningMean),
      at(call.runningVariance), call.epsilon, at(call.savedMean), at(call.savedInvVariance));
}

void Plan::forwardTrainingEx(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  handle_->cudnn().cudnnBatchNormalizationForwardTrainingEx(
      *handle_, mode_, fusion_, alpha.get(), beta.get(), tensor_, at(call.x), fusedOperand(),
      at(call.z), tensor_, at(call.y), parameters_, at(call.scale), at(call.bias),
      call.averagingFactor, at(call.runningMean), at(call.runningVariance), call.epsilon,
      at(call.savedMean), at(call.savedInvVariance), fusedActivation(), workspace(),
      sizes_.trainingWorkspace, at(call.reserve), count(call.reserveBytes));
}

void Plan::forwardInference(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  handle_->cudnn().cudnnBatchNormalizationForwardInference(
      *handle_, mode_, alpha.get(), beta.get(), tensor_, at(call.x), tensor_, at(call.y),
      parameters_, at(call.scale), at(call.bias), at(call.runningMean), at(call.runningVariance),
      call.epsilon);
}

void Plan::backward(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  const Scalar alphaParam(call.alphaParam, doubleScalars_);
  const Scalar betaParam(call.betaParam, doubleScalars_);
  handle_->cudnn().cudnnBatchNormalizationBackward(
      *handle_, mode_, alpha.get(), beta.get(), alphaParam.get(), betaParam.get(), tensor_,
      at(call.x), tensor_, at(call.dy), tensor_, at(call.dx), parameters_, at(call.scale),
      at(call.dScale), at(call.dBias), call.epsilon, at(call.savedMean), at(call.savedInvVariance));
}

void Plan::backwardEx(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  const Scalar alphaParam(call.alphaParam, doubleScalars_);
  const Scalar betaParam(call.betaParam, doubleScalars_);
  handle_->cudnn().cudnnBatchNormalizationBackwardEx(
      *handle_, mode_, fusion_, alpha.get(), beta.get(), alphaParam.get(), betaParam.get(), tensor_,
      at(call.x), fusedOutput(), at(call.y), tensor_, at(call.dy), fusedOperand(), at(call.dz),
      tensor_, at(call.dx), parameters_, at(call.scale), at(call.bias), at(call.dScale),
      at(call.dBias), call.epsilon, at(call.savedMean), at(call.savedInvVariance),
      fusedActivation(), workspace(), sizes_.backwardWorkspace, at(call.reserve),
      count(call.reserveBytes));
}

void Plan::scaleParameters(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleParameters_);
  handle_->cudnn().cudnnScaleTensor(*handle_, parameters_, at(call.dScale), alpha.get());
}

void Plan::relu(const CallRecord& call) const {
  const Scalar one(1, doubleScalars_);
  const Scalar zero(0, doubleScalars_);
  handle_->cudnn().cudnnActivationForward(*handle_, relu_, one.get(), tensor_, at(call.y),
                                          zero.get(), tensor_, at(call.y));
}

void Plan::reluBackward(const CallRecord& call) const {
  const Scalar one(1, doubleScalars_);
  const Scalar zero(0, doubleScalars_);
  // The mask is y > 0, which holds where x > 0: y stands for both.
  handle_->cudnn().cudnnActivationBackward(*handle_, relu_, one.get(), tensor_, at(call.y), tensor_,
                                           at(call.dy), tensor_, at(call.y), zero.get(), tensor_,
                                           at(call.dx));
}

void Plan::addTensor(const CallRecord& call) const {
  const Scalar alpha(call.alpha, doubleScalars_);
  const Scalar beta(call.beta, doubleScalars_);
  handle_->cudnn().cudnnAddTensor(*handle_, alpha.get(), tensor_, at(call.z), beta.get(), tensor_,
                                  at(call.y));
}

void Plan::copy(const CallRecord& call) const {
  if (call.bytes == 0) return;
  handle_->driver().cuMemcpyDtoDAsync_v2(address(call.y), address(call.x), count(call.bytes),
                                         handle_->stream());
}

void Plan::clear(const CallRecord& call) const {
  if (call.bytes == 0) return;
  handle_->driver().cuMemsetD8Async(address(call.y), 0, count(call.bytes), handle_->stream());
}

/** y = z, where z has the parameters' dims: repeated along every dim that is 1 there. */
void Plan::spread(const CallRecord& call) const {
  const Scalar one(1, doubleScalars_);
  const Scalar zero(0, doubleScalars_);
  handle_->cudnn().cudnnAddTensor(*handle_, one.get(), parameters_, at(call.z), zero.get(), tensor_,
                                  at(call.y));
}

/** y = z, where z has the parameters' strides. */
void Plan::transformIn(const CallRecord& call) const {
  const Scalar one(1, doubleScalars_);
  const Scalar zero(0, doubleScalars_);
  handle_->cudnn().cudnnTransformTensor(*handle_, one.get(), parameters_, at(call.z), zero.get(),
                                        tensor_, at(call.y));
}

/** z = y, where z has the parameters' strides. */
void Plan::transformOut(const CallRecord& call) const {
  const Scalar one(1, doubleScalars_);
  const Scalar zero(0, doubleScalars_);
  handle_->cudnn().cudnnTransformTensor(*handle_, one.get(), tensor_, at(call.y), zero.get(),
                                        parameters_, at(call.z));
}

}  // namespace batchnorm::owning
