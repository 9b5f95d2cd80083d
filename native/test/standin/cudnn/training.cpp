// cudnnBatchNormalizationForwardTraining and …Ex.
#include <cmath>

#include "checks.h"
#include "moments.h"
#include "numbers.h"
#include "overflow.h"
#include "reserve.h"
#include "values.h"

namespace standin {
namespace {

struct Training {
  std::shared_ptr<HandleState> owner;
  cudnnBatchNormMode_t mode;
  cudnnBatchNormOps_t ops;
  Operand x, z, y, scale, bias, runningMean, runningVariance, savedMean, savedInvVariance;
  double alpha, beta, averagingFactor, epsilon;
  Spaces spaces;
};

/** The plain calls multiply the old value by 0 when the factor is 1, which keeps a NaN; the fast
 * ones do not. */
void updateRunning(const Values& running, std::int64_t parameter, double factor, double value,
                   bool fast) {
  if (!running) return;
  const double old = factor == 1 && fast ? 0 : (1 - factor) * running.get(parameter);
  running.set(parameter, 0, old + factor * value);
}

void run(const Training& call) {
  const auto bind = [&](const Operand& one) { return Values(one, call.mode); };
  const Values x = bind(call.x), z = bind(call.z), y = bind(call.y);
  const Values scale = bind(call.scale), bias = bind(call.bias);
  const Values runningMean = bind(call.runningMean), runningVariance = bind(call.runningVariance);
  const Values savedMean = bind(call.savedMean), savedInvVariance = bind(call.savedInvVariance);
  if (!x || !y || !scale || !bias) return;
  const bool activated = call.ops != CUDNN_BATCHNORM_OPS_BN;
  scramble(call.spaces.workspace);
  const bool adds = call.ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION;
  const Reserve reserve(adds ? call.spaces.reserve : Space{});
  if (adds) reserve.start(x.parameters * x.count);
  const bool fast = call.spaces.workspace.bytes > 0;
  const Overflow overflow(call.mode, call.x.descriptor);
  const auto count = static_cast<double>(x.count);
  for (std::int64_t p = 0; p < x.parameters; p++) {
    const bool spoilt = overflow.note(x, p, *call.owner);
    const auto [mean, variance] = momentsOf(x, p);
    const double invStd = 1 / std::sqrt(variance + call.epsilon);
    updateRunning(runningMean, p, call.averagingFactor, mean, fast);
    updateRunning(runningVariance, p, call.averagingFactor, variance * (count / (count - 1)), fast);
    if (savedMean) savedMean.set(p, 0, mean);
    if (savedInvVariance) savedInvVariance.set(p, 0, invStd);
    for (std::int64_t i = 0; i < x.count; i++) {
      double value = (x.get(p, i) - mean) * invStd * scale.get(p) + bias.get(p);
      if (spoilt) value = NAN;
      if (adds) value += z.get(p, i);
      if (activated && value <= 0) value = 0;
      if (adds) reserve.set(p * x.count + i, value != 0);
      y.blend(p, i, call.alpha, value, call.beta);
    }
  }
}

/** Both calls: the plain one is the other without a fused operation and without spaces. */
cudnnStatus_t training(Function function, cudnnHandle_t handle, cudnnBatchNormMode_t mode,
                       cudnnBatchNormOps_t ops, const void* alpha, const void* beta,
                       cudnnTensorDescriptor_t xDescriptor, const void* x,
                       cudnnTensorDescriptor_t zDescriptor, const void* z,
                       cudnnTensorDescriptor_t yDescriptor, void* y,
                       cudnnTensorDescriptor_t parameterDescriptor, const void* scale,
                       const void* bias, double averagingFactor, void* runningMean,
                       void* runningVariance, double epsilon, void* savedMean,
                       void* savedInvVariance, cudnnActivationDescriptor_t activation,
                       const Spaces* spaces) {
  const char* const name = functionNames[static_cast<int>(function)];
  return answer([&] {
    const auto owner = begin(function, handle);
    requirePointers({alpha, beta});
    const auto xs = descriptorOf(xDescriptor, name), ys = descriptorOf(yDescriptor, name);
    const auto parameters = descriptorOf(parameterDescriptor, name);
    checkShapes(mode, xs, parameters, {ys});
    if (mode == CUDNN_BATCHNORM_PER_ACTIVATION) checkBatch(131072, xs);
    checkFused(mode, ops, xs);
    checkPair(savedMean, savedInvVariance);
    const bool adds = ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION;
    const auto zs = adds ? descriptorOf(zDescriptor, name) : xs;
    if (ops != CUDNN_BATCHNORM_OPS_BN) activationOf(activation, name);
    if (spaces != nullptr) checkSpaces(*spaces, mode, ops, xs, *owner, name);
    const auto of = [&](const Descriptor& one, const void* data) {
      return operand(one, data, *owner, name);
    };
    const auto maybe = [&](const void* data) {
      return optionalOperand(parameters, data, *owner, name);
    };
    Training call{owner,
                  mode,
                  ops,
                  of(xs, x),
                  adds ? of(zs, z) : Operand{zs, 0},
                  of(ys, y),
                  of(parameters, scale),
                  of(parameters, bias),
                  maybe(runningMean),
                  maybe(runningVariance),
                  maybe(savedMean),
                  maybe(savedInvVariance),
                  scalar(xs.dataType, alpha),
                  scalar(xs.dataType, beta),
                  averagingFactor,
                  checkedEpsilon(epsilon, xs),
                  spaces == nullptr ? Spaces{} : *spaces};
    enqueue(*owner, name, [call = std::move(call)] { run(call); });
  });
}

}  // namespace
}  // namespace standin

using namespace standin;

cudnnStatus_t cudnnBatchNormalizationForwardTraining(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha, const void* beta,
    cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t yDescriptor,
    void* y, cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,
    double averagingFactor, void* runningMean, void* runningVariance, double epsilon,
    void* savedMean, void* savedInvVariance) {
  return training(Function::cudnnBatchNormalizationForwardTraining, handle, mode,
                  CUDNN_BATCHNORM_OPS_BN, alpha, beta, xDescriptor, x, nullptr, nullptr,
                  yDescriptor, y, parameterDescriptor, scale, bias, averagingFactor, runningMean,
                  runningVariance, epsilon, savedMean, savedInvVariance, nullptr, nullptr);
}

cudnnStatus_t cudnnBatchNormalizationForwardTrainingEx(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const void* alpha,
    const void* beta, cudnnTensorDescriptor_t xDescriptor, const void* x,
    cudnnTensorDescriptor_t zDescriptor, const void* z, cudnnTensorDescriptor_t yDescriptor,
    void* y, cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,
    double averagingFactor, void* runningMean, void* runningVariance, double epsilon,
    void* savedMean, void* savedInvVariance, cudnnActivationDescriptor_t activation,
    void* workspace, std::size_t workspaceBytes, void* reserve, std::size_t reserveBytes) {
  const Spaces spaces{{workspace, workspaceBytes}, {reserve, reserveBytes}};
  return training(Function::cudnnBatchNormalizationForwardTrainingEx, handle, mode, ops, alpha,
                  beta, xDescriptor, x, zDescriptor, z, yDescriptor, y, parameterDescriptor, scale,
                  bias, averagingFactor, runningMean, runningVariance, epsilon, savedMean,
                  savedInvVariance, activation, &spaces);
}
