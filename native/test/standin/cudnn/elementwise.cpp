// cudnnScaleTensor, cudnnAddTensor, cudnnTransformTensor, cudnnActivationForward and …Backward.
#include <cmath>

#include "checks.h"
#include "numbers.h"
#include "values.h"

namespace standin {
namespace {

constexpr cudnnBatchNormMode_t anyMode = CUDNN_BATCHNORM_SPATIAL;

template <class Each>
void forEach(const Values& shape, Each each) {
  for (std::int64_t p = 0; p < shape.parameters; p++) {
    for (std::int64_t i = 0; i < shape.count; i++) each(p, i);
  }
}

double relu(double value, bool propagateNaN) {
  if (std::isnan(value)) return propagateNaN ? value : 0;
  return value > 0 ? value : 0;
}

/** One call's operands: `of` and `spread` throw Refusal where one is missing or not like the first.
 */
struct Operands {
  const HandleState& owner;
  const char* call;
  const Descriptor shape;

  Operand of(cudnnTensorDescriptor_t descriptor, const void* data) const {
    return operand(like(descriptor, false), data, owner, call);
  }

  /** Dimensions of 1 stand for as many equal values as the first operand has. */
  Operand spread(cudnnTensorDescriptor_t descriptor, const void* data) const {
    return operand(like(descriptor, true), data, owner, call);
  }

 private:
  Descriptor like(cudnnTensorDescriptor_t descriptor, bool spreads) const {
    Descriptor one = descriptorOf(descriptor, call);
    bool same = one.rank == shape.rank && one.dataType == shape.dataType;
    for (int i = 0; same && i < one.rank; i++) {
      if (spreads && one.dims[i] == 1 && shape.dims[i] != 1) {
        one.dims[i] = shape.dims[i];
        one.strides[i] = 0;
      }
      same = one.dims[i] == shape.dims[i];
    }
    require(same, "the tensors differ in shape or type");
    return one;
  }
};

}  // namespace
}  // namespace standin

using namespace standin;

cudnnStatus_t cudnnScaleTensor(cudnnHandle_t handle, cudnnTensorDescriptor_t yDescriptor, void* y,
                               const void* alpha) {
  constexpr const char* name = "cudnnScaleTensor";
  return answer([&] {
    const auto owner = begin(Function::cudnnScaleTensor, handle);
    requirePointers({alpha});
    const Operands operands{*owner, name, descriptorOf(yDescriptor, name)};
    enqueue(*owner, name,
            [y = operands.of(yDescriptor, y), alpha = scalar(operands.shape.dataType, alpha)] {
              const Values values(y, anyMode);
              forEach(values, [&](auto p, auto i) {
                values.set(p, i, alpha == 0 ? 0 : alpha * values.get(p, i));
              });
            });
  });
}

cudnnStatus_t cudnnAddTensor(cudnnHandle_t handle, const void* alpha,
                             cudnnTensorDescriptor_t aDescriptor, const void* a, const void* beta,
                             cudnnTensorDescriptor_t cDescriptor, void* c) {
  constexpr const char* name = "cudnnAddTensor";
  return answer([&] {
    const auto owner = begin(Function::cudnnAddTensor, handle);
    requirePointers({alpha, beta});
    const Operands operands{*owner, name, descriptorOf(cDescriptor, name)};
    const auto type = operands.shape.dataType;
    enqueue(*owner, name,
            [a = operands.spread(aDescriptor, a), c = operands.of(cDescriptor, c),
             alpha = scalar(type, alpha), beta = scalar(type, beta)] {
              const Values from(a, anyMode), to(c, anyMode);
              forEach(to, [&](auto p, auto i) { to.blend(p, i, alpha, from.get(p, i), beta); });
            });
  });
}

cudnnStatus_t cudnnTransformTensor(cudnnHandle_t handle, const void* alpha,
                                   cudnnTensorDescriptor_t xDescriptor, const void* x,
                                   const void* beta, cudnnTensorDescriptor_t yDescriptor, void* y) {
  constexpr const char* name = "cudnnTransformTensor";
  return answer([&] {
    const auto owner = begin(Function::cudnnTransformTensor, handle);
    requirePointers({alpha, beta});
    const Operands operands{*owner, name, descriptorOf(yDescriptor, name)};
    const auto type = operands.shape.dataType;
    enqueue(*owner, name,
            [x = operands.of(xDescriptor, x), y = operands.of(yDescriptor, y),
             alpha = scalar(type, alpha), beta = scalar(type, beta)] {
              const Values from(x, anyMode), to(y, anyMode);
              forEach(to, [&](auto p, auto i) { to.blend(p, i, alpha, from.get(p, i), beta); });
            });
  });
}

cudnnStatus_t cudnnActivationForward(cudnnHandle_t handle, cudnnActivationDescriptor_t activation,
                                     const void* alpha, cudnnTensorDescriptor_t xDescriptor,
                                     const void* x, const void* beta,
                                     cudnnTensorDescriptor_t yDescriptor, void* y) {
  constexpr const char* name = "cudnnActivationForward";
  return answer([&] {
    const auto owner = begin(Function::cudnnActivationForward, handle);
    requirePointers({alpha, beta});
    const bool propagate = activationOf(activation, name).propagateNaN;
    const Operands operands{*owner, name, descriptorOf(xDescriptor, name)};
    const auto type = operands.shape.dataType;
    enqueue(*owner, name,
            [propagate, x = operands.of(xDescriptor, x), y = operands.of(yDescriptor, y),
             alpha = scalar(type, alpha), beta = scalar(type, beta)] {
              const Values from(x, anyMode), to(y, anyMode);
              forEach(to, [&](auto p, auto i) {
                to.blend(p, i, alpha, relu(from.get(p, i), propagate), beta);
              });
            });
  });
}

cudnnStatus_t cudnnActivationBackward(cudnnHandle_t handle, cudnnActivationDescriptor_t activation,
                                      const void* alpha, cudnnTensorDescriptor_t yDescriptor,
                                      const void* y, cudnnTensorDescriptor_t dyDescriptor,
                                      const void* dy, cudnnTensorDescriptor_t xDescriptor,
                                      const void* x, const void* beta,
                                      cudnnTensorDescriptor_t dxDescriptor, void* dx) {
  constexpr const char* name = "cudnnActivationBackward";
  return answer([&] {
    const auto owner = begin(Function::cudnnActivationBackward, handle);
    requirePointers({alpha, beta});
    activationOf(activation, name);
    const Operands operands{*owner, name, descriptorOf(xDescriptor, name)};
    const auto type = operands.shape.dataType;
    operands.of(yDescriptor, y);
    enqueue(*owner, name,
            [x = operands.of(xDescriptor, x), dy = operands.of(dyDescriptor, dy),
             dx = operands.of(dxDescriptor, dx), alpha = scalar(type, alpha),
             beta = scalar(type, beta)] {
              const Values input(x, anyMode), from(dy, anyMode), to(dx, anyMode);
              forEach(to, [&](auto p, auto i) {
                // Not where it is NaN either, as measured, whatever the descriptor says.
                const bool passes = input.get(p, i) > 0;
                to.blend(p, i, alpha, passes ? from.get(p, i) : 0, beta);
              });
            });
  });
}
