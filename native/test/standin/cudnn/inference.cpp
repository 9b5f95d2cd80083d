// cudnnBatchNormalizationForwardInference.
#include <cmath>

#include "checks.h"
#include "numbers.h"
#include "values.h"

namespace standin {
namespace {

struct Inference {
  cudnnBatchNormMode_t mode;
  Operand x, y, scale, bias, mean, variance;
  double alpha, beta, epsilon;
};

void run(const Inference& call) {
  const auto bind = [&](const Operand& one) { return Values(one, call.mode); };
  const Values x = bind(call.x), y = bind(call.y), scale = bind(call.scale), bias = bind(call.bias);
  const Values mean = bind(call.mean), variance = bind(call.variance);
  if (!x || !y || !scale || !bias || !mean || !variance) return;
  for (std::int64_t p = 0; p < x.parameters; p++) {
    const double invStd = 1 / std::sqrt(variance.get(p) + call.epsilon);
    for (std::int64_t i = 0; i < x.count; i++) {
      const double value = (x.get(p, i) - mean.get(p)) * invStd * scale.get(p) + bias.get(p);
      y.blend(p, i, call.alpha, value, call.beta);
    }
  }
}

}  // namespace
}  // namespace standin

using namespace standin;

cudnnStatus_t cudnnBatchNormalizationForwardInference(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha, const void* beta,
    cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t yDescriptor,
    void* y, cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,
    const void* runningMean, const void* runningVariance, double epsilon) {
  constexpr const char* name = "cudnnBatchNormalizationForwardInference";
  return answer([&] {
    const auto owner = begin(Function::cudnnBatchNormalizationForwardInference, handle);
    requirePointers({alpha, beta});
    const auto xs = descriptorOf(xDescriptor, name), ys = descriptorOf(yDescriptor, name);
    const auto parameters = descriptorOf(parameterDescriptor, name);
    checkShapes(mode, xs, parameters, {ys});
    checkBatch(mode == CUDNN_BATCHNORM_PER_ACTIVATION ? 1000000 : 65536, xs);
    const auto of = [&](const Descriptor& one, const void* data) {
      return operand(one, data, *owner, name);
    };
    Inference call{mode,
                   of(xs, x),
                   of(ys, y),
                   of(parameters, scale),
                   of(parameters, bias),
                   of(parameters, runningMean),
                   of(parameters, runningVariance),
                   scalar(xs.dataType, alpha),
                   scalar(xs.dataType, beta),
                   checkedEpsilon(epsilon, xs)};
    enqueue(*owner, name, [call = std::move(call)] { run(call); });
  });
}
