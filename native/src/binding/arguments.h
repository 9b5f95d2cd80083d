// Arguments from JavaScript: right, or an error that names call, argument, what was expected and
// what came.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>
#include <vector>

namespace batchnorm::binding {

/** Whose argument is being looked at. */
struct Argument {
  const char* call;
  const char* name;
  Napi::Value value;

  Napi::TypeError typeError(const std::string& expected) const;
  Napi::RangeError rangeError(const std::string& expected, const std::string& received) const;
};

/** An integer from `least` to `most`, else TypeError or RangeError. */
double integer(const Argument& argument, double least, double most);
bool boolean(const Argument& argument);
std::string text(const Argument& argument);
/** Integers that fit `int`, as many as a tensor descriptor may have. */
std::vector<int> integers(const Argument& argument);
/** @param property Of `argument`, which must be an object. */
Argument member(const Argument& argument, const char* property);

/** A Uint8Array of exactly `byteLength` bytes, else TypeError or RangeError. */
Napi::Uint8Array bytes(const Argument& argument, std::size_t byteLength);
/**
 * For bytes that are used after the call returned: their buffer must not be able to shrink, else
 * TypeError.
 * @param isResizable Environment::resizable: runs no code of the caller's.
 */
void refuseResizable(const Argument& argument, const Napi::FunctionReference& isResizable);

std::byte* data(Napi::Uint8Array array);

}  // namespace batchnorm::binding
