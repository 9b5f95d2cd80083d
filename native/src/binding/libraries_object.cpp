#include "libraries_object.h"

#include <limits>
#include <utility>

#include "arguments.h"
#include "device_object.h"
#include "errors.h"

namespace batchnorm::binding {

namespace {

int ordinal(const Argument& argument) {
  return static_cast<int>(integer(argument, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Napi::Function LibrariesObject::define(Napi::Env env) {
  return DefineClass(env, "Libraries",
                     {InstanceMethod<&LibrariesObject::deviceFacts>("deviceFacts"),
                      InstanceMethod<&LibrariesObject::open>("open")});
}

LibrariesObject::LibrariesObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      libraries_(std::move(takePayload<Payload>(info.Env(), "Libraries").libraries)) {
  const Napi::Env env = info.Env();
  const auto number = [&](const char* name, double value) {
    return Napi::PropertyDescriptor::Value(name, Napi::Number::New(env, value), napi_enumerable);
  };
  const checked::Versions& versions = libraries_->versions();
  const auto cudart = static_cast<double>(libraries_->cudnn.cudnnGetCudartVersion());
  const int devices = guarded(env, [&] { return libraries_->deviceCount(); });
  info.This().As<Napi::Object>().DefineProperties(
      {number("driverVersion", versions.driver),
       number("cudnnVersion", static_cast<double>(versions.cudnn)),
       number("cudnnCudaVersion", cudart), number("deviceCount", devices)});
}

Napi::Value LibrariesObject::deviceFacts(const Napi::CallbackInfo& info) {
  const int which = ordinal({"Libraries.deviceFacts", "ordinal", info[0]});
  const auto facts = guarded(info.Env(), [&] { return owning::deviceFacts(*libraries_, which); });
  return factsObject(info.Env(), facts);
}

Napi::Value LibrariesObject::open(const Napi::CallbackInfo& info) {
  const int which = ordinal({"Libraries.open", "ordinal", info[0]});
  auto state =
      guarded(info.Env(), [&] { return DeviceState::open(info.Env(), libraries_, which); });
  return DeviceObject::make(info.Env(), {std::move(state)});
}

}  // namespace batchnorm::binding
