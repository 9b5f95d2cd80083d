// NativeDevice: a device as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>

#include "device_state.h"
#include "environment.h"

namespace batchnorm::binding {

/** Closed by `dispose()`, with its environment, or when JavaScript forgot it and all made from it.
 */
class DeviceObject : public Napi::ObjectWrap<DeviceObject> {
 public:
  struct Payload {
    std::shared_ptr<DeviceState> state;
  };

  static Napi::Function define(Napi::Env env);
  static Napi::Object make(Napi::Env env, Payload payload) {
    return construct(env, Environment::of(env).device, payload);
  }

  explicit DeviceObject(const Napi::CallbackInfo& info);

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value allocate(Info info);
  void initialize(Info info);
  Napi::Value write(Info info);
  Napi::Value read(Info info);
  Napi::Value synchronize(Info info);
  Napi::Value memoryInfo(Info info);
  Napi::Value createPlan(Info info);
  Napi::Value createSequence(Info info);
  Napi::Value queryRuntimeError(Info info);
  void startTiming(Info info);
  Napi::Value stopTiming(Info info);
  void dispose(Info info);

  std::shared_ptr<DeviceState> state_;
  std::shared_ptr<owning::CallRecord> call_;
};

/** DeviceFacts as a frozen object. */
Napi::Object factsObject(Napi::Env env, const owning::DeviceFacts& facts);

}  // namespace batchnorm::binding
