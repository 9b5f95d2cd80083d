// Copies and fills, checked when they are enqueued and again when they run.
#include <cstring>

#include "block.h"
#include "pinned.h"
#include "stream.h"

namespace standin {
namespace {

/** The stream, where stream and device range are valid; else null with the status in `failure`. */
std::shared_ptr<Stream> prepare(Function function, CUdeviceptr address, std::size_t bytes,
                                CUstream handle, CUresult& failure) {
  const char* const name = functionNames[static_cast<int>(function)];
  failure = begin(function, Needs::context);
  if (failure != CUDA_SUCCESS) return nullptr;
  auto stream = streamOf(handle, name);
  failure = INVALID_HANDLE;
  if (stream == nullptr) return nullptr;
  failure = CUDA_ERROR_INVALID_VALUE;
  if (!checkRange(address, bytes, *stream->context, name)) return nullptr;
  failure = CUDA_SUCCESS;
  return stream;
}

void checkPinned(const void* address, std::size_t bytes, const char* call) {
  if (isPinned(address, bytes)) return;
  counter(Count::pageable)++;
  misuse("%s: %p + %zu bytes are not pinned: the call would block", call, address, bytes);
}

constexpr int illegalAddress = CUDA_ERROR_ILLEGAL_ADDRESS;

}  // namespace
}  // namespace standin

using namespace standin;

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, std::size_t bytes,
                              CUstream handle) {
  constexpr const char* name = "cuMemcpyHtoDAsync_v2";
  CUresult failure;
  const auto stream = prepare(Function::cuMemcpyHtoDAsync_v2, to, bytes, handle, failure);
  if (stream == nullptr) return failure;
  checkPinned(from, bytes, name);
  stream->enqueue(Item::work, [=] {
    unsigned char* target = hostAddress(to, bytes, name);
    if (target == nullptr || !isPinned(from, bytes)) return illegalAddress;
    std::memcpy(target, from, bytes);
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, std::size_t bytes, CUstream handle) {
  constexpr const char* name = "cuMemcpyDtoHAsync_v2";
  CUresult failure;
  const auto stream = prepare(Function::cuMemcpyDtoHAsync_v2, from, bytes, handle, failure);
  if (stream == nullptr) return failure;
  checkPinned(to, bytes, name);
  stream->enqueue(Item::work, [=] {
    const unsigned char* source = hostAddress(from, bytes, name);
    if (source == nullptr || !isPinned(to, bytes)) return illegalAddress;
    std::memcpy(to, source, bytes);
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes,
                              CUstream handle) {
  constexpr const char* name = "cuMemcpyDtoDAsync_v2";
  CUresult failure;
  const auto stream = prepare(Function::cuMemcpyDtoDAsync_v2, to, bytes, handle, failure);
  if (stream == nullptr) return failure;
  if (!checkRange(from, bytes, *stream->context, name)) return CUDA_ERROR_INVALID_VALUE;
  stream->enqueue(Item::work, [=] {
    unsigned char* target = hostAddress(to, bytes, name);
    const unsigned char* source = hostAddress(from, bytes, name);
    if (target == nullptr || source == nullptr) return illegalAddress;
    if (target < source + bytes && source < target + bytes && bytes > 0) {
      misuse("%s: the ranges overlap", name);
    }
    std::memmove(target, source, bytes);
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream handle) {
  constexpr const char* name = "cuMemsetD8Async";
  CUresult failure;
  const auto stream = prepare(Function::cuMemsetD8Async, to, bytes, handle, failure);
  if (stream == nullptr) return failure;
  stream->enqueue(Item::work, [=] {
    unsigned char* target = hostAddress(to, bytes, name);
    if (target == nullptr) return illegalAddress;
    std::memset(target, value, bytes);
    return 0;
  });
  return CUDA_SUCCESS;
}
