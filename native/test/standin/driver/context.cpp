#include "context.h"

#include <map>

namespace standin {
namespace {

std::mutex mutex;
bool initialised = false;
std::uint64_t serial = std::uint64_t{1} << 52;

// Leaked on purpose, here and elsewhere: a process may exit while streams run.
auto& live = *new std::map<CUcontext, std::shared_ptr<Context>>;
auto& memories = *new std::map<int, DeviceMemory>;

thread_local CUcontext current = nullptr;

std::map<CUcontext, std::shared_ptr<Context>>::iterator primaryOf(int ordinal) {
  auto found = live.begin();
  while (found != live.end() && found->second->ordinal != ordinal) ++found;
  return found;
}

bool exists(int ordinal) { return ordinal >= 0 && ordinal < settings().devices; }

}  // namespace

bool DeviceMemory::take(std::int64_t bytes) {
  const std::lock_guard lock(mutex);
  if (taken + bytes > settings().memory) return false;
  taken += bytes;
  return true;
}

void DeviceMemory::give(std::int64_t bytes) {
  const std::lock_guard lock(mutex);
  taken -= bytes;
}

std::shared_ptr<Context> contextOf(CUcontext handle) {
  const std::lock_guard lock(mutex);
  const auto found = live.find(handle);
  return found == live.end() ? nullptr : found->second;
}

std::shared_ptr<Context> currentContext(const char* call) {
  auto found = contextOf(current);
  if (found == nullptr)
    misuse("%s: no live context is current (%p)", call, static_cast<void*>(current));
  return found;
}

CUresult begin(Function function, Needs needs) {
  const char* const name = functionNames[static_cast<int>(function)];
  if (const int ordered = enter(function); ordered != 0) return static_cast<CUresult>(ordered);
  if (needs == Needs::nothing) return CUDA_SUCCESS;
  passDeviceWait();
  if (!initialised) {
    misuse("%s: called before cuInit", name);
    return CUDA_ERROR_NOT_INITIALIZED;
  }
  if (needs == Needs::initialised) return CUDA_SUCCESS;
  const auto context = currentContext(name);
  return context == nullptr ? INVALID_CONTEXT : context->status();
}

}  // namespace standin

using namespace standin;

CUresult cuInit(unsigned flags) {
  if (const CUresult status = begin(Function::cuInit, Needs::nothing)) return status;
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if (settings().devices == 0) return CUDA_ERROR_NO_DEVICE;
  initialised = true;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  if (const CUresult status = begin(Function::cuDevicePrimaryCtxRetain, Needs::initialised))
    return status;
  if (!exists(device)) return INVALID_DEVICE;
  const std::lock_guard lock(mutex);
  auto primary = primaryOf(device);
  if (primary == live.end()) {
    const auto handle = reinterpret_cast<CUcontext>(serial += 16);
    primary = live.emplace(handle, new Context{device, memories[device]}).first;
  }
  primary->second->retains++;
  counter(Count::contexts)++;
  *context = primary->first;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  const CUresult status = begin(Function::cuDevicePrimaryCtxRelease_v2, Needs::initialised);
  const std::lock_guard lock(mutex);
  const auto primary = primaryOf(device);
  if (primary == live.end()) {
    misuse("cuDevicePrimaryCtxRelease_v2: the context of device %d is not retained", device);
    return INVALID_CONTEXT;
  }
  counter(Count::contexts)--;
  if (--primary->second->retains == 0) live.erase(primary);
  return status;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  if (const CUresult status = begin(Function::cuCtxGetCurrent, Needs::initialised)) return status;
  *context = current;
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
  if (const CUresult status = begin(Function::cuCtxSetCurrent, Needs::initialised)) return status;
  if (context != nullptr && contextOf(context) == nullptr) {
    misuse("cuCtxSetCurrent: %p is no live context", static_cast<void*>(context));
    return INVALID_CONTEXT;
  }
  current = context;
  return CUDA_SUCCESS;
}
