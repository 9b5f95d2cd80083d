#include "memory_pool.h"

#include <limits>

namespace batchnorm::owning {

MemoryPool::MemoryPool(const checked::Driver& driver, const Stream& stream, int ordinal,
                       bool pooled)
    : driver_(&driver), stream_(&stream) {
  if (!pooled) return;
  raw::CUmemPoolProps properties{};
  properties.allocType = raw::CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.handleTypes = raw::CU_MEM_HANDLE_TYPE_NONE;
  properties.location = {raw::CU_MEM_LOCATION_TYPE_DEVICE, ordinal};
  driver.cuMemPoolCreate(&pool_, &properties);

  // Kept until the device is disposed: a synchronisation must not make the next allocation slow.
  std::uint64_t keep = std::numeric_limits<std::uint64_t>::max();
  const raw::CUresult status =
      driver.table.cuMemPoolSetAttribute(pool_, raw::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep);
  if (status == raw::CUDA_SUCCESS) return;
  driver.table.cuMemPoolDestroy(pool_);
  throw driver.error(status, "cuMemPoolSetAttribute");
}

MemoryPool::~MemoryPool() {
  if (pool_ != nullptr) driver_->table.cuMemPoolDestroy(pool_);
}

raw::CUdeviceptr MemoryPool::allocate(std::size_t bytes) {
  raw::CUdeviceptr address = 0;
  if (bytes == 0) return address;
  raw::CUresult status = tryAllocate(address, bytes);
  if (status == raw::CUDA_ERROR_OUT_OF_MEMORY) {
    // Memory freed in stream order is free only once the stream has come there.
    stream_->quiesce();
    if (pool_ != nullptr) driver_->table.cuMemPoolTrimTo(pool_, 0);
    status = tryAllocate(address, bytes);
  }
  if (status != raw::CUDA_SUCCESS) fail(status, bytes);
  return address;
}

raw::CUresult MemoryPool::tryAllocate(raw::CUdeviceptr& address, std::size_t bytes) {
  return pool_ != nullptr ? driver_->table.cuMemAllocFromPoolAsync(&address, bytes, pool_, *stream_)
                          : driver_->table.cuMemAlloc_v2(&address, bytes);
}

void MemoryPool::fail(raw::CUresult status, std::size_t bytes) {
  std::size_t free = 0;
  std::size_t total = 0;
  driver_->table.cuMemGetInfo_v2(&free, &total);
  checked::NativeError error = driver_->error(status, allocationCall());
  error.shortage = {bytes, free};
  throw error;
}

const char* MemoryPool::allocationCall() const {
  return pool_ != nullptr ? "cuMemAllocFromPoolAsync" : "cuMemAlloc_v2";
}

void MemoryPool::free(raw::CUdeviceptr address) noexcept {
  if (address == 0) return;
  if (pool_ != nullptr) {
    driver_->table.cuMemFreeAsync(address, *stream_);
    return;
  }
  stream_->quiesce();
  driver_->table.cuMemFree_v2(address);
}

}  // namespace batchnorm::owning
