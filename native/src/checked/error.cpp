#include "error.h"

namespace batchnorm::checked {

namespace {

std::string describe(const Versions& versions) {
  const auto part = [](auto number, unsigned scale) { return std::to_string(number / scale); };
  std::string words = "driver for CUDA ";
  words += versions.driver == 0
               ? "unknown"
               : part(versions.driver, 1000) + "." + part(versions.driver % 1000, 10);
  if (versions.cudnn == 0) return words;
  // Before 9 the major version was counted in thousands.
  const std::size_t major = versions.cudnn >= 90000 ? 10000 : 1000;
  return words + ", cuDNN " + part(versions.cudnn, major) + "." +
         part(versions.cudnn % major, 100) + "." + std::to_string(versions.cudnn % 100);
}

}  // namespace

std::string NativeError::message() const {
  if (call == "dlopen") return "cannot open " + library + ": " + text;
  if (call == "dlsym") return library + " has no symbol " + symbol + ": " + text;
  std::string words = call + " failed: " + statusName + " (" + std::to_string(status) + ")";
  if (!text.empty()) words += ": " + text;
  if (shortage) {
    words += "; " + std::to_string(shortage->requested) + " bytes requested, " +
             std::to_string(shortage->free) + " free";
  }
  return words + " [" + describe(versions) + "]";
}

bool isSticky(raw::CUresult status) noexcept {
  switch (status) {
    case raw::CUDA_ERROR_DEINITIALIZED:
    case raw::CUDA_ERROR_ECC_UNCORRECTABLE:
    case raw::CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case raw::CUDA_ERROR_CONTAINED:
    case raw::CUDA_ERROR_ILLEGAL_ADDRESS:
    case raw::CUDA_ERROR_LAUNCH_TIMEOUT:
    case raw::CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case raw::CUDA_ERROR_ASSERT:
    case raw::CUDA_ERROR_HARDWARE_STACK_ERROR:
    case raw::CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case raw::CUDA_ERROR_MISALIGNED_ADDRESS:
    case raw::CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case raw::CUDA_ERROR_INVALID_PC:
    case raw::CUDA_ERROR_LAUNCH_FAILED:
    case raw::CUDA_ERROR_TENSOR_MEMORY_LEAK:
    case raw::CUDA_ERROR_MPS_CLIENT_TERMINATED:
    case raw::CUDA_ERROR_EXTERNAL_DEVICE:
      return true;
    default:
      return false;
  }
}

}  // namespace batchnorm::checked
