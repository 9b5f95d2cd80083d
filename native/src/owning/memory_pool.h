// Device memory, allocated and freed at its place in the stream's order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../checked/driver.h"
#include "stream.h"

namespace batchnorm::owning {

class MemoryPool {
 public:
  /** @param pooled Whether the device has memory pools; else allocation is immediate and freeing
   * waits. */
  MemoryPool(const checked::Driver& driver, const Stream& stream, int ordinal, bool pooled);
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool();

  /**
   * Uninitialised memory; address 0 for 0 bytes. Where memory runs out, what the pool keeps is
   * given back and it is tried once more. Throws NativeError, with what was requested and free.
   */
  raw::CUdeviceptr allocate(std::size_t bytes);
  /** Work enqueued before still finds the memory. */
  void free(raw::CUdeviceptr address) noexcept;

 private:
  raw::CUresult tryAllocate(raw::CUdeviceptr& address, std::size_t bytes);
  [[noreturn]] void fail(raw::CUresult status, std::size_t bytes);
  const char* allocationCall() const;

  const checked::Driver* driver_;
  const Stream* stream_;
  raw::CUmemoryPool pool_ = nullptr;
};

/** A piece of device memory of a pool. */
class Memory {
 public:
  Memory(MemoryPool& pool, std::size_t bytes) : pool_(&pool), address_(pool.allocate(bytes)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { pool_->free(address_); }

  raw::CUdeviceptr address() const { return address_; }

 private:
  MemoryPool* pool_;
  raw::CUdeviceptr address_;
};

}  // namespace batchnorm::owning
