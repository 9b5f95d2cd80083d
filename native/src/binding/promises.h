// Promises of work on the device.
#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "../owning/device.h"
#include "device_state.h"
#include "errors.h"

namespace batchnorm::binding {

/** Settles its promise once the device is done; until then it keeps the device's object and others
 * alive. */
class Promised : public owning::Pending {
 public:
  Promised(Napi::Object device, std::shared_ptr<DeviceState> state)
      : state_(std::move(state)),
        deferred_(Napi::Promise::Deferred::New(device.Env())),
        device_(Napi::Persistent(device)) {}

  Napi::Promise::Deferred deferred() const { return deferred_; }

  void succeed() override;
  void fail(const checked::NativeError& error) override;

 protected:
  /** What the promise resolves with. May throw. */
  virtual Napi::Value result() { return deferred_.Env().Undefined(); }
  owning::Device& device() const { return state_->device(); }

 private:
  std::shared_ptr<DeviceState> state_;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference device_;
};

/** A transfer from or to `array`, which stays alive. */
class PromisedTransfer : public Promised {
 public:
  PromisedTransfer(Napi::Object device, std::shared_ptr<DeviceState> state, Napi::Uint8Array array)
      : Promised(device, std::move(state)), array_(Napi::Persistent(array)) {}

 protected:
  Napi::Reference<Napi::Uint8Array> array_;
};

/** Brings what came in a piece to its array, if that can still take it. */
class PromisedRead : public PromisedTransfer {
 public:
  PromisedRead(Napi::Object device, std::shared_ptr<DeviceState> state, Napi::Uint8Array target)
      : PromisedTransfer(device, std::move(state), target), byteLength_(target.ByteLength()) {}

 protected:
  Napi::Value result() override;

 private:
  std::size_t byteLength_;
};

class PromisedRuntimeError : public Promised {
 public:
  using Promised::Promised;

 protected:
  Napi::Value result() override;
};

class PromisedDuration : public Promised {
 public:
  PromisedDuration(Napi::Object device, std::shared_ptr<DeviceState> state,
                   owning::Interval interval)
      : Promised(device, std::move(state)), interval_(std::move(interval)) {}

 protected:
  Napi::Value result() override;

 private:
  owning::Interval interval_;
};

/** Enqueues by `enqueue(std::move(promised))`; what a library refuses rejects the promise. */
template <class Enqueue>
Napi::Promise submit(DeviceState& state, std::unique_ptr<Promised> promised, Enqueue enqueue) {
  const Napi::Promise::Deferred deferred = promised->deferred();
  try {
    enqueue(std::move(promised));
    state.pendingChanged();
  } catch (const checked::NativeError& error) {
    deferred.Reject(toJavaScript(state.env(), error).Value());
  } catch (const Napi::Error&) {
    deferred.Resolve(state.env().Undefined());  // Nobody has it; unsettled it would never be freed.
    throw;
  }
  return deferred.Promise();
}

}  // namespace batchnorm::binding
