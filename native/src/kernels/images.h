// The compiled kernels, which the build embeds as data where it finds CUDA's compiler
// (cmake/kernels.cmake).
#pragma once

#include <cstddef>
#include <span>

namespace batchnorm::kernels {

/** Machine code and PTX of one source file, as cuModuleLoadDataEx takes it. */
struct Image {
  const char* source;
  const unsigned char* data;
};

struct Kernel {
  const char* name;
  /** Index of its image. */
  int image;
};

struct Embedded {
  /** Why there are none; null where there are. */
  const char* reason;
  std::span<const Image> images;
  std::span<const Kernel> kernels;
};

const Embedded& embedded() noexcept;

}  // namespace batchnorm::kernels
