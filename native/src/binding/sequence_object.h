// NativeSequence: launches of our kernels as JavaScript holds them.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "arguments.h"
#include "device_state.h"
#include "environment.h"

namespace batchnorm::binding {

/** Destroyed by `dispose()`, with its device, or when JavaScript forgot it. */
class SequenceObject : public Napi::ObjectWrap<SequenceObject>, private Dependent {
 public:
  struct Payload {
    std::shared_ptr<DeviceState> state;
    std::unique_ptr<kernels::Sequence> sequence;
    /** What launches are patched from: the device's record. */
    std::shared_ptr<const owning::CallRecord> call;
  };

  static Napi::Function define(Napi::Env env);
  static Napi::Object make(Napi::Env env, Payload payload) {
    return construct(env, Environment::of(env).sequence, payload);
  }

  explicit SequenceObject(const Napi::CallbackInfo& info);
  ~SequenceObject() { release(); }

 private:
  void release() noexcept override;
  void run(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo&) { release(); }

  std::shared_ptr<DeviceState> state_;
  std::unique_ptr<kernels::Sequence> sequence_;
  std::shared_ptr<const owning::CallRecord> call_;
};

/** An array of LaunchSpec, checked so that no launch can reach beyond its own parameters. */
std::vector<kernels::LaunchSpec> launchSpecs(const Argument& argument);

}  // namespace batchnorm::binding
