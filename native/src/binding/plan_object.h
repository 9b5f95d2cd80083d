// NativePlan: a plan as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>

#include "arguments.h"
#include "device_state.h"
#include "environment.h"

namespace batchnorm::binding {

/** Destroyed by `dispose()`, with its device, or when JavaScript forgot it. */
class PlanObject : public Napi::ObjectWrap<PlanObject>, private Dependent {
 public:
  struct Payload {
    std::shared_ptr<DeviceState> state;
    std::unique_ptr<owning::Plan> plan;
    /** What steps read: the device's record. */
    std::shared_ptr<const owning::CallRecord> call;
  };

  static Napi::Function define(Napi::Env env);
  static Napi::Object make(Napi::Env env, Payload payload) {
    return construct(env, Environment::of(env).plan, payload);
  }

  explicit PlanObject(const Napi::CallbackInfo& info);
  ~PlanObject() { release(); }

 private:
  void release() noexcept override;
  void run(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo&) { release(); }

  std::shared_ptr<DeviceState> state_;
  std::unique_ptr<owning::Plan> plan_;
  std::shared_ptr<const owning::CallRecord> call_;
};

/** A NativePlanSpec, checked as far as types and cuDNN's codes go. */
owning::PlanSpec planSpec(const Argument& argument);

}  // namespace batchnorm::binding
