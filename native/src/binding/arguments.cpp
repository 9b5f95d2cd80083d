#include "arguments.h"

#include <cmath>
#include <limits>

#include "../raw/cudnn_types.h"

namespace batchnorm::binding {

namespace {

std::string typeName(const Napi::Value& value) {
  if (value.IsEmpty() || value.IsUndefined()) return "undefined";
  if (value.IsNull()) return "null";
  if (value.IsNumber()) return "the number " + value.ToString().Utf8Value();
  if (value.IsString()) return "a string";
  if (value.IsBoolean()) return "a boolean";
  if (value.IsArray()) return "an array";
  if (value.IsTypedArray()) return "another typed array";
  if (value.IsFunction()) return "a function";
  return value.IsObject() ? "another object" : "another value";
}

std::string where(const Argument& argument) {
  return std::string(argument.call) + ": " + argument.name + " must be ";
}

}  // namespace

Napi::TypeError Argument::typeError(const std::string& expected) const {
  return Napi::TypeError::New(value.Env(),
                              where(*this) + expected + ", received " + typeName(value));
}

Napi::RangeError Argument::rangeError(const std::string& expected,
                                      const std::string& received) const {
  return Napi::RangeError::New(value.Env(), where(*this) + expected + ", received " + received);
}

double integer(const Argument& argument, double least, double most) {
  if (!argument.value.IsNumber()) throw argument.typeError("an integer");
  const double number = argument.value.As<Napi::Number>().DoubleValue();
  if (std::trunc(number) == number && number >= least && number <= most) return number;
  const auto words = [](double value) { return std::to_string(static_cast<long long>(value)); };
  throw argument.rangeError("an integer from " + words(least) + " to " + words(most),
                            argument.value.ToString().Utf8Value());
}

bool boolean(const Argument& argument) {
  if (!argument.value.IsBoolean()) throw argument.typeError("a boolean");
  return argument.value.As<Napi::Boolean>().Value();
}

std::string text(const Argument& argument) {
  if (!argument.value.IsString()) throw argument.typeError("a string");
  return argument.value.As<Napi::String>().Utf8Value();
}

std::vector<int> integers(const Argument& argument) {
  if (!argument.value.IsArray()) throw argument.typeError("an array of integers");
  const Napi::Array array = argument.value.As<Napi::Array>();
  if (array.Length() < 1 || array.Length() > raw::CUDNN_MAX_RANK) {
    throw argument.rangeError("1 to " + std::to_string(raw::CUDNN_MAX_RANK) + " long",
                              std::to_string(array.Length()));
  }
  std::vector<int> numbers;
  for (uint32_t index = 0; index < array.Length(); ++index) {
    const Argument element{argument.call, argument.name, array.Get(index)};
    numbers.push_back(static_cast<int>(
        integer(element, std::numeric_limits<int>::min(), std::numeric_limits<int>::max())));
  }
  return numbers;
}

Argument member(const Argument& argument, const char* property) {
  if (!argument.value.IsObject()) throw argument.typeError("an object");
  return {argument.call, property, argument.value.As<Napi::Object>().Get(property)};
}

Napi::Uint8Array bytes(const Argument& argument, std::size_t byteLength) {
  if (!argument.value.IsTypedArray() ||
      argument.value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw argument.typeError("a Uint8Array");
  }
  const auto array = argument.value.As<Napi::Uint8Array>();
  if (array.ByteLength() != byteLength) {
    throw argument.rangeError("as long as the memory, " + std::to_string(byteLength) + " bytes",
                              std::to_string(array.ByteLength()) + " bytes");
  }
  return array;
}

void refuseResizable(const Argument& argument, const Napi::FunctionReference& isResizable) {
  const Napi::ArrayBuffer buffer = argument.value.As<Napi::TypedArray>().ArrayBuffer();
  if (isResizable.IsEmpty() || !buffer.IsArrayBuffer()) return;  // A SharedArrayBuffer only grows.
  if (!isResizable.Call(buffer, {}).As<Napi::Boolean>().Value()) return;
  throw Napi::TypeError::New(argument.value.Env(),
                             where(argument) + "over a buffer of fixed length");
}

std::byte* data(Napi::Uint8Array array) { return reinterpret_cast<std::byte*>(array.Data()); }

}  // namespace batchnorm::binding
