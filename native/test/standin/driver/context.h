// Devices and their primary contexts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "../control/orders.h"
#include "exports.h"

namespace standin {

/** Bytes of a device that are taken: by plain allocations and by what pools hold. */
struct DeviceMemory {
  std::mutex mutex;
  std::int64_t taken = 0;

  /** False when the device has not so much left. */
  bool take(std::int64_t bytes);
  void give(std::int64_t bytes);
};

struct Context {
  const int ordinal;
  DeviceMemory& memory;
  int retains = 0;
  /** 0, or what a failed piece of work left: every later call in the context returns it. */
  std::atomic<int> sticky = 0;

  CUresult status() const { return static_cast<CUresult>(sticky.load()); }
};

/** Held alone by a call that waits for the whole device. */
inline std::shared_mutex deviceWait;
/** Every other call: waits until no such call is under way. */
inline void passDeviceWait() { const std::shared_lock lock(deviceWait); }

enum class Needs { nothing, initialised, context };

/**
 * How every exported function begins: counts the call, and returns the failure that was ordered or
 * that the state of things demands. Functions that release something release it all the same, as
 * the driver does, which may report from them what failed earlier.
 */
CUresult begin(Function function, Needs needs);

/** The context current in this thread; null and a misuse where it is none or was destroyed. */
STANDIN_SHARED std::shared_ptr<Context> currentContext(const char* call);

std::shared_ptr<Context> contextOf(CUcontext handle);

}  // namespace standin
