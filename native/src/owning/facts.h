// What a device is, without opening it.
#pragma once

#include <cstdint>
#include <string>

#include "libraries.h"

namespace batchnorm::owning {

struct DeviceFacts {
  std::string name;
  int computeMajor = 0;
  int computeMinor = 0;
  std::uint64_t totalMemory = 0;
  int multiprocessors = 0;
  bool memoryPools = false;
  int l2Bytes = 0;
  /** As nvidia-smi prints it: "GPU-" and five groups of hexadecimal digits. */
  std::string uuid;
};

/** Throws NativeError: CUDA_ERROR_INVALID_DEVICE where there is no such ordinal. */
DeviceFacts deviceFacts(const Libraries& libraries, int ordinal);

}  // namespace batchnorm::owning
