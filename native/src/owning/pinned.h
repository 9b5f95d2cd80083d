// Page-locked host memory: what the device copies from and to without the driver's own detour.
#pragma once

#include <cstddef>

#include "../checked/driver.h"

namespace batchnorm::owning {

class Pinned {
 public:
  /** Waits for the device, and holds up the calls of other threads: only for where that does not
   * matter. */
  Pinned(const checked::Driver& driver, std::size_t bytes) : driver_(&driver) {
    driver.cuMemAllocHost_v2(&address_, bytes);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { driver_->table.cuMemFreeHost(address_); }

  std::byte* data() const { return static_cast<std::byte*>(address_); }

 private:
  const checked::Driver* driver_;
  void* address_ = nullptr;
};

}  // namespace batchnorm::owning
