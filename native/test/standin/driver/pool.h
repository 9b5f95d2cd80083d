// Memory pools: what is freed stays with the pool up to its release threshold, as in the driver.
// Only bytes are counted; there is no fragmentation here.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "context.h"

namespace standin {

class Pool {
 public:
  explicit Pool(DeviceMemory& device) : device(device) {}
  /** Gives everything back; runs when the last allocation is gone too. */
  ~Pool();

  bool take(std::int64_t bytes);
  void give(std::int64_t bytes);
  void trim(std::int64_t keep);
  void setThreshold(std::uint64_t bytes);
  /** What a synchronisation does. */
  void release();

 private:
  DeviceMemory& device;
  std::mutex mutex;
  std::int64_t used = 0, held = 0;
  std::int64_t threshold = 0;
};

/** What every synchronisation does to pools: above their threshold they give unused memory back. */
void releaseUnused();

}  // namespace standin
