// Libraries: the opened pair as JavaScript holds it.
#pragma once

#include <napi.h>

#include <memory>

#include "../owning/libraries.h"
#include "environment.h"

namespace batchnorm::binding {

class LibrariesObject : public Napi::ObjectWrap<LibrariesObject> {
 public:
  struct Payload {
    std::shared_ptr<const owning::Libraries> libraries;
  };

  static Napi::Function define(Napi::Env env);
  static Napi::Object make(Napi::Env env, Payload payload) {
    return construct(env, Environment::of(env).libraries, payload);
  }

  explicit LibrariesObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value deviceFacts(const Napi::CallbackInfo& info);
  Napi::Value open(const Napi::CallbackInfo& info);

  std::shared_ptr<const owning::Libraries> libraries_;
};

}  // namespace batchnorm::binding
