#include "pinned.h"

#include <cstring>
#include <map>
#include <memory>

#include "stream.h"

namespace standin {
namespace {

struct Pinned {
  std::size_t bytes;
  std::unique_ptr<unsigned char[]> storage;
};

std::mutex mutex;
auto& all = *new std::map<const void*, Pinned>;

}  // namespace

bool isPinned(const void* address, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  auto above = all.upper_bound(address);
  if (above == all.begin()) return false;
  const auto& [start, pinned] = *std::prev(above);
  const auto offset =
      static_cast<std::size_t>(static_cast<const char*>(address) - static_cast<const char*>(start));
  return offset <= pinned.bytes && bytes <= pinned.bytes - offset;
}

}  // namespace standin

using namespace standin;

CUresult cuMemAllocHost_v2(void** address, std::size_t bytes) {
  if (const CUresult status = begin(Function::cuMemAllocHost_v2, Needs::context)) return status;
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  waitForDevice(*currentContext("cuMemAllocHost_v2"));
  Pinned pinned{bytes, std::unique_ptr<unsigned char[]>(new unsigned char[bytes])};
  std::memset(pinned.storage.get(), 0xA5, bytes);
  *address = pinned.storage.get();
  counter(Count::pinned)++;
  const std::lock_guard lock(mutex);
  all.emplace(*address, std::move(pinned));
  return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void* address) {
  const CUresult status = begin(Function::cuMemFreeHost, Needs::context);
  const std::lock_guard lock(mutex);
  if (all.erase(address) == 0) {
    misuse("cuMemFreeHost: %p is no pinned allocation", address);
    return CUDA_ERROR_INVALID_VALUE;
  }
  counter(Count::pinned)--;
  return status;
}
