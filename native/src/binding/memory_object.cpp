#include "memory_object.h"

#include "errors.h"

namespace batchnorm::binding {

namespace {
constexpr napi_type_tag tag{0x6e2f0d9b6f3c4a11, 0x9a8b2f7c51d04e01};
}

Napi::Function MemoryObject::define(Napi::Env env) {
  return DefineClass(env, "NativeMemory", {InstanceMethod<&MemoryObject::dispose>("dispose")});
}

MemoryObject::MemoryObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto& payload = takePayload<Payload>(info.Env(), "NativeMemory");
  const Napi::Object object = info.This().As<Napi::Object>();
  object.TypeTag(&tag);
  const double address = payload.memory ? static_cast<double>(payload.memory->address()) : 0;
  object.DefineProperties(
      {Napi::PropertyDescriptor::Value("address", Napi::Number::New(info.Env(), address),
                                       napi_enumerable),
       Napi::PropertyDescriptor::Value(
           "byteLength", Napi::Number::New(info.Env(), static_cast<double>(payload.byteLength)),
           napi_enumerable)});
  state_ = std::move(payload.state);
  memory_ = std::move(payload.memory);
  byteLength_ = payload.byteLength;
  state_->add(*this);
  // So that the collector knows what a forgotten tensor holds.
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), static_cast<int64_t>(byteLength_));
}

MemoryObject& MemoryObject::from(const Argument& argument, const DeviceState& state) {
  if (!argument.value.IsObject() || !argument.value.As<Napi::Object>().CheckTypeTag(&tag)) {
    throw argument.typeError("a NativeMemory");
  }
  MemoryObject& memory = *Unwrap(argument.value.As<Napi::Object>());
  if (memory.state_.get() != &state) throw argument.typeError("a NativeMemory of this device");
  if (memory.memory_ == nullptr) throw disposedError(state.env(), argument.call, "the memory");
  return memory;
}

void MemoryObject::release() noexcept {
  if (memory_ == nullptr) return;
  state_->remove(*this);
  state_->device().destroy(std::move(memory_));
  int64_t now = 0;
  napi_adjust_external_memory(state_->env(), -static_cast<int64_t>(byteLength_), &now);
}

}  // namespace batchnorm::binding
