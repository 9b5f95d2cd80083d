#include "plan_object.h"

#include <utility>

#include "errors.h"

namespace batchnorm::binding {

namespace {

constexpr int steps = static_cast<int>(owning::stepNames.size());

Napi::PropertyDescriptor size(Napi::Env env, const char* name, std::size_t bytes) {
  return Napi::PropertyDescriptor::Value(name, Napi::Number::New(env, static_cast<double>(bytes)),
                                         napi_enumerable);
}

template <class Code>
Code code(const Argument& argument, int most) {
  return static_cast<Code>(static_cast<int>(integer(argument, 0, most)));
}

void requireEqualLength(const Argument& strides, const std::vector<int>& dims,
                        const std::vector<int>& given) {
  if (given.size() == dims.size()) return;
  throw strides.rangeError("as long as its dims, " + std::to_string(dims.size()),
                           std::to_string(given.size()));
}

}  // namespace

Napi::Function PlanObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativePlan",
      {InstanceMethod<&PlanObject::run>("run"), InstanceMethod<&PlanObject::dispose>("dispose")});
}

PlanObject::PlanObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto& payload = takePayload<Payload>(info.Env(), "NativePlan");
  const owning::PlanSizes& sizes = payload.plan->sizes();
  info.This().As<Napi::Object>().DefineProperties(
      {size(info.Env(), "trainingWorkspace", sizes.trainingWorkspace),
       size(info.Env(), "backwardWorkspace", sizes.backwardWorkspace),
       size(info.Env(), "reserve", sizes.reserve)});
  state_ = std::move(payload.state);
  plan_ = std::move(payload.plan);
  call_ = std::move(payload.call);
  state_->add(*this);
}

void PlanObject::run(const Napi::CallbackInfo& info) {
  if (plan_ == nullptr) throw disposedError(info.Env(), "NativePlan.run", "the plan");
  const double step = integer({"NativePlan.run", "step", info[0]}, 0, steps - 1);
  guarded(info.Env(), [&] {
    state_->device().run(*plan_, static_cast<owning::Step>(static_cast<int>(step)), *call_);
  });
}

void PlanObject::release() noexcept {
  if (plan_ == nullptr) return;
  state_->remove(*this);
  state_->device().destroy(std::move(plan_));
}

owning::PlanSpec planSpec(const Argument& argument) {
  owning::PlanSpec spec;
  spec.dataType =
      code<raw::cudnnDataType_t>(member(argument, "dataType"), raw::CUDNN_DATA_BFLOAT16);
  spec.mode = code<raw::cudnnBatchNormMode_t>(member(argument, "mode"),
                                              raw::CUDNN_BATCHNORM_SPATIAL_PERSISTENT);
  spec.dims = integers(member(argument, "dims"));
  const Argument strides = member(argument, "strides");
  spec.strides = integers(strides);
  requireEqualLength(strides, spec.dims, spec.strides);
  spec.parameterType =
      code<raw::cudnnDataType_t>(member(argument, "parameterType"), raw::CUDNN_DATA_BFLOAT16);
  spec.parameterDims = integers(member(argument, "parameterDims"));
  const Argument parameterStrides = member(argument, "parameterStrides");
  spec.parameterStrides = integers(parameterStrides);
  requireEqualLength(parameterStrides, spec.parameterDims, spec.parameterStrides);
  spec.extended = boolean(member(argument, "extended"));
  spec.fusion = code<raw::cudnnBatchNormOps_t>(member(argument, "fusion"),
                                               raw::CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION);
  return spec;
}

}  // namespace batchnorm::binding
