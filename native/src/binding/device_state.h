// A device as JavaScript holds it: shared by the objects made from it, and gone with the
// environment.
#pragma once

#include <napi.h>

#include <memory>
#include <set>

#include "../owning/device.h"

namespace batchnorm::binding {

/** An object whose native part must go before its device. */
class Dependent {
 public:
  virtual void release() noexcept = 0;

 protected:
  ~Dependent() = default;
};

/**
 * Closed by `dispose()`, by the environment's end or with its last object, whichever comes first.
 * Lives on the environment's thread; only the wake-up comes from another.
 */
class DeviceState : public std::enable_shared_from_this<DeviceState> {
 public:
  static std::shared_ptr<DeviceState> open(Napi::Env env,
                                           std::shared_ptr<const owning::Libraries> libraries,
                                           int ordinal);
  DeviceState(const DeviceState&) = delete;
  DeviceState& operator=(const DeviceState&) = delete;
  ~DeviceState();

  bool disposed() const { return device_ == nullptr; }
  /** Throws an error with code "DISPOSED". */
  owning::Device& device(const char* call) const;
  /** Only while not disposed. */
  owning::Device& device() const { return *device_; }
  Napi::Env env() const { return env_; }

  /** Waits for the device, settles what is pending, then frees everything. */
  void dispose();
  /** After a call that may have left something pending: the process stays alive until it is
   * settled. */
  void pendingChanged();

  void add(Dependent& dependent) { dependents_.insert(&dependent); }
  void remove(Dependent& dependent) { dependents_.erase(&dependent); }

 private:
  /** What the waiter's thread calls, and what outlives the state: calls may still be queued when it
   * goes. */
  struct WakeUp {
    DeviceState* state;
  };

  explicit DeviceState(Napi::Env env) : env_(env) {}
  void createWakeUp();
  static void onWakeUp(napi_env env, napi_value, void* context, void*);
  static void onEnvironmentEnd(void* state);

  void settleFinished();
  enum class Settle { yes, no };
  void close(Settle settle);

  Napi::Env env_;
  std::unique_ptr<owning::Device> device_;
  std::set<Dependent*> dependents_;
  WakeUp* wakeUp_ = nullptr;
  napi_threadsafe_function wakeUpFunction_ = nullptr;
  bool keepsProcess_ = false;
};

}  // namespace batchnorm::binding
