#include "promises.h"

#include <cstring>

#include "arguments.h"

namespace batchnorm::binding {

void Promised::succeed() {
  try {
    deferred_.Resolve(result());
  } catch (const checked::NativeError& error) {
    fail(error);
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
}

void Promised::fail(const checked::NativeError& error) {
  deferred_.Reject(toJavaScript(deferred_.Env(), error).Value());
}

Napi::Value PromisedRead::result() {
  const Napi::Uint8Array target = array_.Value();
  if (piece) {
    // JavaScript may have transferred or resized the buffer since.
    if (target.ByteLength() != byteLength_) {
      throw Napi::TypeError::New(
          target.Env(), "NativeDevice.read: target was detached or resized before it was filled");
    }
    std::memcpy(data(target), piece.data(), byteLength_);
  }
  return target.Env().Undefined();
}

Napi::Value PromisedRuntimeError::result() {
  return Napi::Number::New(deferred().Env(), device().queryRuntimeError());
}

Napi::Value PromisedDuration::result() {
  return Napi::Number::New(deferred().Env(), device().elapsed(std::move(interval_)));
}

}  // namespace batchnorm::binding
