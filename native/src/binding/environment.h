// What the addon keeps for each JavaScript environment (the main thread, each worker).
#pragma once

#include <napi.h>

#include <utility>

namespace batchnorm::binding {

/** The addon's classes. JavaScript cannot construct them: objects come from the addon's own calls.
 */
struct Environment {
  Napi::FunctionReference libraries;
  Napi::FunctionReference device;
  Napi::FunctionReference memory;
  Napi::FunctionReference plan;
  Napi::FunctionReference sequence;

  /** The getter `resizable` of ArrayBuffer, taken before anybody could replace it. Empty where
   * there is none. */
  Napi::FunctionReference resizable;

  /** What the next constructor takes; null while none of ours is being called. */
  void* payload = nullptr;

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

/** Makes an object of one of the classes, its constructor taking `payload` by `takePayload`. */
template <class Payload>
Napi::Object construct(Napi::Env env, const Napi::FunctionReference& constructor,
                       Payload& payload) {
  Environment& environment = Environment::of(env);
  environment.payload = &payload;
  try {
    Napi::Object made = constructor.New({});
    environment.payload = nullptr;
    return made;
  } catch (...) {
    environment.payload = nullptr;
    throw;
  }
}

/** Throws TypeError where JavaScript itself called the constructor. */
template <class Payload>
Payload& takePayload(Napi::Env env, const char* className) {
  void* payload = std::exchange(Environment::of(env).payload, nullptr);
  if (payload == nullptr) {
    throw Napi::TypeError::New(env, std::string(className) + " cannot be constructed");
  }
  return *static_cast<Payload*>(payload);
}

}  // namespace batchnorm::binding
