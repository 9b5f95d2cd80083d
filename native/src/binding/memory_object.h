// NativeMemory: device memory as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>

#include "arguments.h"
#include "device_state.h"
#include "environment.h"

namespace batchnorm::binding {

/** Freed by `dispose()`, with its device, or when JavaScript forgot it. */
class MemoryObject : public Napi::ObjectWrap<MemoryObject>, private Dependent {
 public:
  struct Payload {
    std::shared_ptr<DeviceState> state;
    std::unique_ptr<owning::Memory> memory;
    std::size_t byteLength;
  };

  static Napi::Function define(Napi::Env env);
  static Napi::Object make(Napi::Env env, Payload payload) {
    return construct(env, Environment::of(env).memory, payload);
  }
  /** The live memory of `state`'s device in `argument`; else TypeError, or an error with code
   * "DISPOSED". */
  static MemoryObject& from(const Argument& argument, const DeviceState& state);

  explicit MemoryObject(const Napi::CallbackInfo& info);
  ~MemoryObject() { release(); }

  const owning::Memory& memory() const { return *memory_; }
  std::size_t byteLength() const { return byteLength_; }

 private:
  void release() noexcept override;
  void dispose(const Napi::CallbackInfo&) { release(); }

  std::shared_ptr<DeviceState> state_;
  std::unique_ptr<owning::Memory> memory_;
  std::size_t byteLength_;
};

}  // namespace batchnorm::binding
