#include "errors.h"

#include <string>

namespace batchnorm::binding {

Napi::Error toJavaScript(Napi::Env env, const checked::NativeError& error) {
  Napi::Error made = Napi::Error::New(env, error.message());
  Napi::Object object = made.Value();
  object.Set("name", "NativeError");
  object.Set("call", error.call);
  object.Set("status", error.status);
  object.Set("statusName", error.statusName);
  object.Set("text", error.text);
  object.Set("driverVersion", error.versions.driver);
  object.Set("cudnnVersion", static_cast<double>(error.versions.cudnn));
  object.Set("sticky", error.sticky);
  if (error.shortage) {
    object.Set("requested", static_cast<double>(error.shortage->requested));
    object.Set("free", static_cast<double>(error.shortage->free));
  }
  if (!error.library.empty()) object.Set("library", error.library);
  if (!error.symbol.empty()) object.Set("symbol", error.symbol);
  return made;
}

Napi::Error disposedError(Napi::Env env, const char* call, const char* what) {
  Napi::Error made = Napi::Error::New(env, std::string(call) + ": " + what + " is disposed");
  made.Value().Set("code", "DISPOSED");
  return made;
}

}  // namespace batchnorm::binding
