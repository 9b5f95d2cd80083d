// Facts of the devices, and the driver's words for its statuses.
#include <cstdio>
#include <cstring>

#include "context.h"

namespace standin {
namespace {

struct Error {
  int status;
  const char* name;
  const char* text;
};
// The statuses that tests order and the stand-in returns.
constexpr Error errors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {720, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
};

const Error* errorOf(int status) {
  for (const Error& error : errors) {
    if (error.status == status) return &error;
  }
  return nullptr;
}

CUresult check(Function function, CUdevice device) {
  if (const CUresult status = begin(function, Needs::initialised)) return status;
  return device >= 0 && device < settings().devices ? CUDA_SUCCESS : INVALID_DEVICE;
}

int attribute(CUdevice_attribute which) {
  switch (which) {
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      return 132;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
      return 50 << 20;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      return static_cast<int>(settings().capability / 10);
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      return static_cast<int>(settings().capability % 10);
    case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
      return settings().pools != 0;
  }
  return -1;
}

}  // namespace
}  // namespace standin

using namespace standin;

CUresult cuGetErrorName(CUresult error, const char** name) {
  const CUresult status = begin(Function::cuGetErrorName, Needs::nothing);
  const Error* found = status == CUDA_SUCCESS ? errorOf(error) : nullptr;
  *name = found == nullptr ? nullptr : found->name;
  return found == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char** text) {
  const CUresult status = begin(Function::cuGetErrorString, Needs::nothing);
  const Error* found = status == CUDA_SUCCESS ? errorOf(error) : nullptr;
  *text = found == nullptr ? nullptr : found->text;
  return found == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int* version) {
  if (const CUresult status = begin(Function::cuDriverGetVersion, Needs::nothing)) return status;
  *version = static_cast<int>(settings().driver);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  if (const CUresult status = begin(Function::cuDeviceGetCount, Needs::initialised)) return status;
  *count = static_cast<int>(settings().devices);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (const CUresult status = check(Function::cuDeviceGet, ordinal)) return status;
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  if (const CUresult status = check(Function::cuDeviceGetName, device)) return status;
  std::snprintf(name, static_cast<std::size_t>(length), "Stand-in %d (no GPU)", device);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  if (const CUresult status = check(Function::cuDeviceGetUuid_v2, device)) return status;
  for (int i = 0; i < 16; i++) uuid->bytes[i] = static_cast<char>(0xF0 + device + 16 * i);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute which, CUdevice device) {
  if (const CUresult status = check(Function::cuDeviceGetAttribute, device)) return status;
  *value = attribute(which);
  return *value < 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device) {
  if (const CUresult status = check(Function::cuDeviceTotalMem_v2, device)) return status;
  *bytes = static_cast<std::size_t>(settings().memory);
  return CUDA_SUCCESS;
}
