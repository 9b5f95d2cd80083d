// Errors on their way to JavaScript.
#pragma once

#include <napi.h>

#include "../checked/error.h"

namespace batchnorm::binding {

/** An Error named "NativeError" with the properties of the C++ one. */
Napi::Error toJavaScript(Napi::Env env, const checked::NativeError& error);

/** An Error with code "DISPOSED". @param what Such as "the device". */
Napi::Error disposedError(Napi::Env env, const char* call, const char* what);

/** Runs what may throw errors of ours; they leave it as JavaScript's. */
template <class Work>
auto guarded(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const checked::NativeError& error) {
    throw toJavaScript(env, error);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

}  // namespace batchnorm::binding
