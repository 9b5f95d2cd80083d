// What every failure of the driver or of cuDNN becomes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "../raw/cudnn_types.h"

namespace batchnorm::checked {

/** Versions as the libraries give them (13000 is CUDA 13.0, 91900 is cuDNN 9.19.0); 0 while
 * unknown. */
struct Versions {
  int driver = 0;
  std::size_t cudnn = 0;
};

/** Bytes asked for and bytes the device had left, of an allocation that failed. */
struct Shortage {
  std::uint64_t requested;
  std::uint64_t free;
};

struct NativeError : std::exception {
  /** The library's function, or "dlopen" or "dlsym". */
  std::string call;
  int status = 0;
  std::string statusName;
  /** The library's own words about it. */
  std::string text;
  Versions versions;
  std::optional<Shortage> shortage;
  /** For dlopen and dlsym. */
  std::string library;
  std::string symbol;
  /** The context cannot be used again: all that follows fails alike. */
  bool sticky = false;

  const char* what() const noexcept override { return call.c_str(); }
  std::string message() const;
};

/** True for the driver's errors after which the context cannot be used (page "Data types used by
 * CUDA driver"). */
bool isSticky(raw::CUresult status) noexcept;

}  // namespace batchnorm::checked
