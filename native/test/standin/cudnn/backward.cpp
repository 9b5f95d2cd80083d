// cudnnBatchNormalizationBackward and …Ex.
#include <cmath>
#include <vector>

#include "checks.h"
#include "moments.h"
#include "numbers.h"
#include "overflow.h"
#include "reserve.h"
#include "values.h"

namespace standin {
namespace {

struct Backward {
  std::shared_ptr<HandleState> owner;
  cudnnBatchNormMode_t mode;
  cudnnBatchNormOps_t ops;
  Operand x, dy, dz, dx, scale, bias, dScale, dBias, savedMean, savedInvVariance;
  double alphaData, betaData, alphaParam, betaParam, epsilon;
  Spaces spaces;
};

/** What a fused forward let pass: add + ReLU has noted it, ReLU alone is computed again. */
class Mask {
 public:
  Mask(const Backward& call, const Values& x, const Values& scale, const Values& bias)
      : ops(call.ops),
        x(x),
        scale(scale),
        bias(bias),
        reserve(ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION ? call.spaces.reserve : Space{}) {}

  bool valid() const {
    return ops != CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION || reserve.valid(x.parameters * x.count);
  }

  bool passes(std::int64_t p, std::int64_t i, double normalised) const {
    if (ops == CUDNN_BATCHNORM_OPS_BN) return true;
    if (ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION) return reserve.get(p * x.count + i);
    return !(normalised * scale.get(p) + bias.get(p) <= 0);
  }

 private:
  const cudnnBatchNormOps_t ops;
  const Values &x, &scale, &bias;
  const Reserve reserve;
};

void run(const Backward& call) {
  const auto bind = [&](const Operand& one) { return Values(one, call.mode); };
  const Values x = bind(call.x), dy = bind(call.dy), dz = bind(call.dz), dx = bind(call.dx);
  const Values scale = bind(call.scale), bias = bind(call.bias), dScale = bind(call.dScale),
               dBias = bind(call.dBias);
  const Values savedMean = bind(call.savedMean), savedInvVariance = bind(call.savedInvVariance);
  if (!x || !dy || !dx || !scale || !dScale || !dBias) return;
  scramble(call.spaces.workspace);
  const Mask mask(call, x, scale, bias);
  if (!mask.valid()) return;
  std::vector<double> gradient(static_cast<std::size_t>(x.count)), normalised(gradient.size());
  const Overflow overflow(call.mode, call.x.descriptor);
  for (std::int64_t p = 0; p < x.parameters; p++) {
    const bool spoilt = overflow.note(x, p, *call.owner);
    const Moments moments = savedMean ? Moments{} : momentsOf(x, p);
    const double mean = savedMean ? savedMean.get(p) : moments.mean;
    const double invStd =
        savedMean ? savedInvVariance.get(p) : 1 / std::sqrt(moments.variance + call.epsilon);
    double sum = 0, product = 0;
    for (std::int64_t i = 0; i < x.count; i++) {
      const auto at = static_cast<std::size_t>(i);
      normalised[at] = (x.get(p, i) - mean) * invStd;
      gradient[at] = mask.passes(p, i, normalised[at]) ? dy.get(p, i) : 0;
      sum += gradient[at];
      product += gradient[at] * normalised[at];
    }
    dScale.blend(p, 0, call.alphaParam, product, call.betaParam);
    dBias.blend(p, 0, call.alphaParam, sum, call.betaParam);
    const double factor = scale.get(p) * invStd, count = static_cast<double>(x.count);
    for (std::int64_t i = 0; i < x.count; i++) {
      const auto at = static_cast<std::size_t>(i);
      double value = factor * (gradient[at] - sum / count - normalised[at] * product / count);
      if (spoilt) value = NAN;
      if (dz) dz.set(p, i, gradient[at]);
      dx.blend(p, i, call.alphaData, value, call.betaData);
    }
  }
}

/** Both calls: the plain one is the other without a fused operation and without spaces. */
cudnnStatus_t backward(Function function, cudnnHandle_t handle, cudnnBatchNormMode_t mode,
                       cudnnBatchNormOps_t ops, const void* alphaData, const void* betaData,
                       const void* alphaParam, const void* betaParam,
                       cudnnTensorDescriptor_t xDescriptor, const void* x,
                       cudnnTensorDescriptor_t dyDescriptor, const void* dy,
                       cudnnTensorDescriptor_t dzDescriptor, void* dz,
                       cudnnTensorDescriptor_t dxDescriptor, void* dx,
                       cudnnTensorDescriptor_t parameterDescriptor, const void* scale,
                       const void* bias, void* dScale, void* dBias, double epsilon,
                       const void* savedMean, const void* savedInvVariance,
                       cudnnActivationDescriptor_t activation, const Spaces* spaces) {
  const char* const name = functionNames[static_cast<int>(function)];
  return answer([&] {
    const auto owner = begin(function, handle);
    requirePointers({alphaData, betaData, alphaParam, betaParam});
    const auto xs = descriptorOf(xDescriptor, name), dys = descriptorOf(dyDescriptor, name);
    const auto dxs = descriptorOf(dxDescriptor, name);
    const auto parameters = descriptorOf(parameterDescriptor, name);
    checkShapes(mode, xs, parameters, {dys, dxs});
    checkFused(mode, ops, xs);
    checkPair(savedMean, savedInvVariance);
    const bool adds = ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION;
    const auto dzs = adds ? descriptorOf(dzDescriptor, name) : xs;
    const auto of = [&](const Descriptor& one, const void* data) {
      return operand(one, data, *owner, name);
    };
    const auto maybe = [&](const void* data) {
      return optionalOperand(parameters, data, *owner, name);
    };
    if (ops != CUDNN_BATCHNORM_OPS_BN) {
      activationOf(activation, name);
      require(savedMean != nullptr, "fused operations need saved statistics",
              CUDNN_STATUS_NOT_SUPPORTED);
    }
    if (spaces != nullptr) checkSpaces(*spaces, mode, ops, xs, *owner, name);
    Backward call{
        owner,
        mode,
        ops,
        of(xs, x),
        of(dys, dy),
        adds ? of(dzs, dz) : Operand{dzs, 0},
        of(dxs, dx),
        of(parameters, scale),
        ops == CUDNN_BATCHNORM_OPS_BN_ACTIVATION ? of(parameters, bias) : Operand{parameters, 0},
        of(parameters, dScale),
        of(parameters, dBias),
        maybe(savedMean),
        maybe(savedInvVariance),
        scalar(xs.dataType, alphaData),
        scalar(xs.dataType, betaData),
        scalar(xs.dataType, alphaParam),
        scalar(xs.dataType, betaParam),
        checkedEpsilon(epsilon, xs),
        spaces == nullptr ? Spaces{} : *spaces};
    enqueue(*owner, name, [call = std::move(call)] { run(call); });
  });
}

}  // namespace
}  // namespace standin

using namespace standin;

cudnnStatus_t cudnnBatchNormalizationBackward(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alphaData, const void* betaData,
    const void* alphaParam, const void* betaParam, cudnnTensorDescriptor_t xDescriptor,
    const void* x, cudnnTensorDescriptor_t dyDescriptor, const void* dy,
    cudnnTensorDescriptor_t dxDescriptor, void* dx, cudnnTensorDescriptor_t parameterDescriptor,
    const void* scale, void* dScale, void* dBias, double epsilon, const void* savedMean,
    const void* savedInvVariance) {
  return backward(Function::cudnnBatchNormalizationBackward, handle, mode, CUDNN_BATCHNORM_OPS_BN,
                  alphaData, betaData, alphaParam, betaParam, xDescriptor, x, dyDescriptor, dy,
                  nullptr, nullptr, dxDescriptor, dx, parameterDescriptor, scale, nullptr, dScale,
                  dBias, epsilon, savedMean, savedInvVariance, nullptr, nullptr);
}

cudnnStatus_t cudnnBatchNormalizationBackwardEx(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const void* alphaData,
    const void* betaData, const void* alphaParam, const void* betaParam,
    cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t, const void*,
    cudnnTensorDescriptor_t dyDescriptor, const void* dy, cudnnTensorDescriptor_t dzDescriptor,
    void* dz, cudnnTensorDescriptor_t dxDescriptor, void* dx,
    cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias, void* dScale,
    void* dBias, double epsilon, const void* savedMean, const void* savedInvVariance,
    cudnnActivationDescriptor_t activation, void* workspace, std::size_t workspaceBytes,
    void* reserve, std::size_t reserveBytes) {
  const Spaces spaces{{workspace, workspaceBytes}, {reserve, reserveBytes}};
  return backward(Function::cudnnBatchNormalizationBackwardEx, handle, mode, ops, alphaData,
                  betaData, alphaParam, betaParam, xDescriptor, x, dyDescriptor, dy, dzDescriptor,
                  dz, dxDescriptor, dx, parameterDescriptor, scale, bias, dScale, dBias, epsilon,
                  savedMean, savedInvVariance, activation, &spaces);
}
