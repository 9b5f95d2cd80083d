#include "block.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "stream.h"

namespace standin {
namespace {

constexpr std::size_t guard = 64, alignment = 512;
constexpr unsigned char guardByte = 0xFB, freshByte = 0xA5;

std::mutex mutex;
auto& blocks = *new std::map<CUdeviceptr, std::shared_ptr<Block>>;
// Not canonical on any machine, and exact in a float64.
CUdeviceptr next = CUdeviceptr{1} << 48;

std::shared_ptr<Block> find(CUdeviceptr address, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  auto above = blocks.upper_bound(address);
  if (above == blocks.begin()) return nullptr;
  const auto& block = std::prev(above)->second;
  const std::size_t offset = address - block->address;
  return offset <= block->bytes && bytes <= block->bytes - offset ? block : nullptr;
}

bool intact(const unsigned char* bytes) {
  return std::all_of(bytes, bytes + guard, [](unsigned char byte) { return byte == guardByte; });
}

}  // namespace

CUdeviceptr addBlock(std::size_t bytes, std::shared_ptr<Context> context,
                     std::shared_ptr<Pool> pool) {
  auto block = std::make_shared<Block>();
  block->bytes = bytes;
  block->context = std::move(context);
  block->pool = std::move(pool);
  block->storage.reset(new unsigned char[bytes + 2 * guard]);
  std::memset(block->storage.get(), guardByte, guard);
  std::memset(block->storage.get() + guard, freshByte, bytes);
  std::memset(block->storage.get() + guard + bytes, guardByte, guard);
  counter(Count::memory)++;
  counter(Count::memoryBytes) += static_cast<std::int64_t>(bytes);
  const std::lock_guard lock(mutex);
  block->address = next;
  next += (bytes / alignment + 2) * alignment;
  blocks.emplace(block->address, block);
  return block->address;
}

std::shared_ptr<Block> startFree(CUdeviceptr address, const char* call) {
  const std::lock_guard lock(mutex);
  const auto found = blocks.find(address);
  if (found == blocks.end() || found->second->freeing) {
    misuse("%s: 0x%llx is no live allocation", call, address);
    return nullptr;
  }
  found->second->freeing = true;
  return found->second;
}

void finishFree(const Block& block) {
  const unsigned char* storage = block.storage.get();
  if (!intact(storage) || !intact(storage + guard + block.bytes)) {
    misuse("memory around 0x%llx (%zu bytes) was overwritten", block.address, block.bytes);
  }
  const auto bytes = static_cast<std::int64_t>(block.bytes);
  if (block.pool == nullptr)
    block.context->memory.give(bytes);
  else
    block.pool->give(bytes);
  counter(Count::memory)--;
  counter(Count::memoryBytes) -= bytes;
  const std::lock_guard lock(mutex);
  blocks.erase(block.address);
}

bool checkRange(CUdeviceptr address, std::size_t bytes, const Context& context, const char* call) {
  const auto block = find(address, bytes);
  if (block != nullptr && !block->freeing && block->context.get() == &context) return true;
  misuse("%s: 0x%llx + %zu bytes are in no live allocation of the context", call, address, bytes);
  return false;
}

unsigned char* hostAddress(CUdeviceptr address, std::size_t bytes, const char* call) {
  const auto block = find(address, bytes);
  if (block != nullptr) return block->storage.get() + guard + (address - block->address);
  misuse("%s: 0x%llx + %zu bytes are in no allocation any more", call, address, bytes);
  return nullptr;
}

}  // namespace standin

using namespace standin;

CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes) {
  if (const CUresult status = begin(Function::cuMemAlloc_v2, Needs::context)) return status;
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  auto context = currentContext("cuMemAlloc_v2");
  if (!context->memory.take(static_cast<std::int64_t>(bytes))) return CUDA_ERROR_OUT_OF_MEMORY;
  *address = addBlock(bytes, std::move(context), nullptr);
  return CUDA_SUCCESS;
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  const CUresult status = begin(Function::cuMemFree_v2, Needs::context);
  if (address == 0) return status;
  const auto block = startFree(address, "cuMemFree_v2");
  if (block == nullptr) return CUDA_ERROR_INVALID_VALUE;
  // The driver waits for the device before it frees memory that was not allocated in stream order.
  waitForDevice(*block->context);
  finishFree(*block);
  return status;
}

CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  if (const CUresult status = begin(Function::cuMemGetInfo_v2, Needs::context)) return status;
  const auto context = currentContext("cuMemGetInfo_v2");
  const std::lock_guard lock(context->memory.mutex);
  *total = static_cast<std::size_t>(settings().memory);
  *free = static_cast<std::size_t>(
      std::max<std::int64_t>(0, settings().memory - context->memory.taken));
  return CUDA_SUCCESS;
}
