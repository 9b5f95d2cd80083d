#include "device_state.h"

#include <utility>

#include "errors.h"

namespace batchnorm::binding {

std::shared_ptr<DeviceState> DeviceState::open(Napi::Env env,
                                               std::shared_ptr<const owning::Libraries> libraries,
                                               int ordinal) {
  std::shared_ptr<DeviceState> state(new DeviceState(env));
  state->createWakeUp();
  const napi_threadsafe_function function = state->wakeUpFunction_;
  state->device_ = std::make_unique<owning::Device>(std::move(libraries), ordinal, [function] {
    // Refused only while the environment ends, when nobody is left to be told.
    napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking);
  });
  return state;
}

void DeviceState::createWakeUp() {
  auto wakeUp = std::make_unique<WakeUp>(WakeUp{this});
  const auto free = [](napi_env, void* data, void*) { delete static_cast<WakeUp*>(data); };
  const napi_status status = napi_create_threadsafe_function(
      env_, nullptr, nullptr, Napi::String::New(env_, "batchnorm_cudnn"), 0, 1, wakeUp.get(), free,
      wakeUp.get(), onWakeUp, &wakeUpFunction_);
  if (status != napi_ok) throw Napi::Error::New(env_);
  wakeUp_ = wakeUp.release();
  napi_unref_threadsafe_function(env_, wakeUpFunction_);
  // Hooks run last in, first out: the device is closed before the environment ends the function
  // above.
  napi_add_env_cleanup_hook(env_, onEnvironmentEnd, this);
}

DeviceState::~DeviceState() { close(Settle::no); }

owning::Device& DeviceState::device(const char* call) const {
  if (disposed()) throw disposedError(env_, call, "the device");
  return *device_;
}

void DeviceState::dispose() { close(Settle::yes); }

void DeviceState::onEnvironmentEnd(void* state) {
  static_cast<DeviceState*>(state)->close(Settle::no);
}

void DeviceState::onWakeUp(napi_env env, napi_value, void* context, void*) {
  // Without an environment the function is being torn down, and the context is gone already.
  if (env == nullptr) return;
  DeviceState* state = static_cast<WakeUp*>(context)->state;
  if (state == nullptr || state->disposed()) return;
  const std::shared_ptr<DeviceState> alive = state->shared_from_this();
  state->settleFinished();
}

void DeviceState::settleFinished() {
  const Napi::HandleScope scope(env_);
  for (owning::Finished& finished : device_->takeFinished()) {
    try {
      if (finished.error) {
        finished.pending->fail(*finished.error);
      } else {
        finished.pending->succeed();
      }
    } catch (const Napi::Error&) {
      // The environment is being torn down, and nobody waits for the promise any more.
    }
  }
  pendingChanged();
}

void DeviceState::pendingChanged() {
  const bool keep = device_->unfinished() > 0;
  if (keep == keepsProcess_) return;
  keepsProcess_ = keep;
  (keep ? napi_ref_threadsafe_function : napi_unref_threadsafe_function)(env_, wakeUpFunction_);
}

void DeviceState::close(Settle settle) {
  if (wakeUpFunction_ == nullptr) return;
  // What is pending may hold the last reference. Nothing to lock where the destructor calls.
  const std::shared_ptr<DeviceState> alive = weak_from_this().lock();
  napi_remove_env_cleanup_hook(env_, onEnvironmentEnd, this);
  if (device_ != nullptr) {
    device_->finish();
    if (settle == Settle::yes) {
      settleFinished();
    } else {
      device_->takeFinished();
    }
    while (!dependents_.empty()) (*dependents_.begin())->release();
    device_.reset();
  }
  wakeUp_->state = nullptr;
  napi_release_threadsafe_function(std::exchange(wakeUpFunction_, nullptr), napi_tsfn_release);
}

}  // namespace batchnorm::binding
