// What `require` gives: `load`, and the names by which TypeScript checks that it speaks of the same
// numbers.
#include <napi.h>

#include "../owning/call_record.h"
#include "arguments.h"
#include "device_object.h"
#include "environment.h"
#include "errors.h"
#include "libraries_object.h"
#include "kernels_object.h"
#include "memory_object.h"
#include "plan_object.h"
#include "sequence_object.h"

namespace batchnorm::binding {

namespace {

template <class Names>
Napi::Array frozenList(Napi::Env env, const Names& names) {
  Napi::Array list = Napi::Array::New(env, names.size());
  for (std::size_t index = 0; index < names.size(); ++index) {
    list.Set(static_cast<uint32_t>(index), names[index]);
  }
  list.Freeze();
  return list;
}

Napi::FunctionReference resizableGetter(Napi::Env env) {
  const auto object = env.Global().Get("Object").As<Napi::Object>();
  const auto prototype =
      env.Global().Get("ArrayBuffer").As<Napi::Object>().Get("prototype").As<Napi::Object>();
  const Napi::Value descriptor =
      object.Get("getOwnPropertyDescriptor")
          .As<Napi::Function>()
          .Call(object, {prototype, Napi::String::New(env, "resizable")});
  if (!descriptor.IsObject()) return {};
  const Napi::Value getter = descriptor.As<Napi::Object>().Get("get");
  return getter.IsFunction() ? Napi::Persistent(getter.As<Napi::Function>())
                             : Napi::FunctionReference();
}

Napi::Value load(const Napi::CallbackInfo& info) {
  const Argument libraries{"load", "libraries", info[0]};
  const std::string driver = text(member(libraries, "driver"));
  const std::string cudnn = text(member(libraries, "cudnn"));
  return guarded(info.Env(), [&]() -> Napi::Value {
    return LibrariesObject::make(info.Env(), {owning::Libraries::load(driver, cudnn)});
  });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment;
  env.SetInstanceData(environment);
  environment->resizable = resizableGetter(env);
  environment->libraries = Napi::Persistent(LibrariesObject::define(env));
  environment->device = Napi::Persistent(DeviceObject::define(env));
  environment->memory = Napi::Persistent(MemoryObject::define(env));
  environment->plan = Napi::Persistent(PlanObject::define(env));
  environment->sequence = Napi::Persistent(SequenceObject::define(env));

  exports.Set("callFields", frozenList(env, owning::callFieldNames));
  exports.Set("stepNames", frozenList(env, owning::stepNames));
  exports.Set("kernels", kernelsObject(env));
  exports.Set("load", Napi::Function::New<load>(env, "load"));
  return exports;
}

}  // namespace

}  // namespace batchnorm::binding

namespace {
Napi::Object initializeAddon(Napi::Env env, Napi::Object exports) {
  return batchnorm::binding::initialize(env, exports);
}
}  // namespace
NODE_API_MODULE(batchnorm_cudnn, initializeAddon)
