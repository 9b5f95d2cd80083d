#include "pool.h"

#include <algorithm>
#include <vector>

#include "../control/handles.h"
#include "block.h"
#include "stream.h"

namespace standin {
namespace {

auto& pools = *new Handles<Pool, CUmemoryPool>("memory pool", 4, Count::pools);

std::mutex aliveMutex;
auto& alive = *new std::vector<std::weak_ptr<Pool>>;

}  // namespace

Pool::~Pool() { device.give(held); }

bool Pool::take(std::int64_t bytes) {
  const std::lock_guard lock(mutex);
  const std::int64_t more = used + bytes - held;
  if (more > 0) {
    if (!device.take(more)) return false;
    held += more;
  }
  used += bytes;
  return true;
}

void Pool::give(std::int64_t bytes) {
  const std::lock_guard lock(mutex);
  used -= bytes;
}

void Pool::trim(std::int64_t keep) {
  const std::lock_guard lock(mutex);
  const std::int64_t kept = std::min(held, std::max(used, keep));
  device.give(held - kept);
  held = kept;
}

void Pool::setThreshold(std::uint64_t bytes) {
  const std::lock_guard lock(mutex);
  threshold = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX));
}

void Pool::release() { trim(threshold); }

void releaseUnused() {
  const std::lock_guard lock(aliveMutex);
  std::erase_if(alive, [](const auto& one) { return one.expired(); });
  for (const auto& one : alive) {
    if (const auto pool = one.lock()) pool->release();
  }
}

}  // namespace standin

using namespace standin;

CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties) {
  if (const CUresult status = begin(Function::cuMemPoolCreate, Needs::context)) return status;
  if (settings().pools == 0) return CUDA_ERROR_NOT_SUPPORTED;
  const auto context = currentContext("cuMemPoolCreate");
  const bool valid = properties->allocType == CU_MEM_ALLOCATION_TYPE_PINNED &&
                     properties->location.type == CU_MEM_LOCATION_TYPE_DEVICE &&
                     properties->location.id == context->ordinal && properties->maxSize == 0 &&
                     std::all_of(std::begin(properties->reserved), std::end(properties->reserved),
                                 [](unsigned char byte) { return byte == 0; });
  if (!valid) return CUDA_ERROR_INVALID_VALUE;
  const auto made = std::make_shared<Pool>(context->memory);
  *pool = pools.add(made);
  const std::lock_guard lock(aliveMutex);
  alive.push_back(made);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolDestroy(CUmemoryPool pool) {
  const CUresult status = begin(Function::cuMemPoolDestroy, Needs::context);
  return pools.take(pool, "cuMemPoolDestroy") == nullptr ? CUDA_ERROR_INVALID_VALUE : status;
}

CUresult cuMemPoolSetAttribute(CUmemoryPool handle, CUmemPool_attribute attribute, void* value) {
  if (const CUresult status = begin(Function::cuMemPoolSetAttribute, Needs::context)) return status;
  const auto pool = pools.find(handle, "cuMemPoolSetAttribute");
  if (pool == nullptr || attribute != CU_MEMPOOL_ATTR_RELEASE_THRESHOLD)
    return CUDA_ERROR_INVALID_VALUE;
  pool->setThreshold(*static_cast<std::uint64_t*>(value));
  return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool handle, std::size_t bytesToKeep) {
  if (const CUresult status = begin(Function::cuMemPoolTrimTo, Needs::context)) return status;
  const auto pool = pools.find(handle, "cuMemPoolTrimTo");
  if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
  pool->trim(static_cast<std::int64_t>(bytesToKeep));
  return CUDA_SUCCESS;
}

CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, std::size_t bytes, CUmemoryPool poolHandle,
                                 CUstream streamHandle) {
  constexpr const char* name = "cuMemAllocFromPoolAsync";
  if (const CUresult status = begin(Function::cuMemAllocFromPoolAsync, Needs::context))
    return status;
  auto pool = pools.find(poolHandle, name);
  const auto stream = streamOf(streamHandle, name);
  if (pool == nullptr || stream == nullptr) return INVALID_HANDLE;
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (!pool->take(static_cast<std::int64_t>(bytes))) return CUDA_ERROR_OUT_OF_MEMORY;
  *address = addBlock(bytes, stream->context, std::move(pool));
  return CUDA_SUCCESS;
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream streamHandle) {
  const CUresult status = begin(Function::cuMemFreeAsync, Needs::context);
  const auto stream = streamOf(streamHandle, "cuMemFreeAsync");
  const auto block = startFree(address, "cuMemFreeAsync");
  if (stream == nullptr || block == nullptr) return CUDA_ERROR_INVALID_VALUE;
  stream->enqueue(Item::always, [block] {
    finishFree(*block);
    return 0;
  });
  return status;
}
