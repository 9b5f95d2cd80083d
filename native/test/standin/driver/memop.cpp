// Words in pinned memory that streams wait for and write.
#include <atomic>
#include <thread>

#include "pinned.h"
#include "stream.h"

// ThreadSanitizer's, where it is loaded: the stand-in is built without it, and what a word orders
// would look like a race to it.
extern "C" {
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
}

namespace standin {
namespace {

using Word = std::atomic_ref<std::uint32_t>;

/** Pinned memory has the same address for the device. */
std::uint32_t* wordAt(CUdeviceptr address) { return reinterpret_cast<std::uint32_t*>(address); }

bool isWord(CUdeviceptr address, const char* call) {
  if (address % sizeof(std::uint32_t) == 0 && isPinned(wordAt(address), sizeof(std::uint32_t)))
    return true;
  misuse("%s: 0x%llx is no word in pinned memory", call, address);
  return false;
}

CUresult prepare(Function function, CUstream handle, CUdeviceptr address, unsigned flags,
                 std::shared_ptr<Stream>& stream) {
  const char* const name = functionNames[static_cast<int>(function)];
  if (const CUresult status = begin(function, Needs::context)) return status;
  stream = streamOf(handle, name);
  if (stream == nullptr) return INVALID_HANDLE;
  if (settings().memoryOperations == 0) return CUDA_ERROR_NOT_SUPPORTED;
  return isWord(address, name) && flags == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/** Not before the word is there, whoever else is waiting; a failed context waits for nothing. */
void await(CUdeviceptr address, std::uint32_t value, const Context& context) {
  while (context.status() == CUDA_SUCCESS && isWord(address, "a stream waiting for a word")) {
    const std::uint32_t found = Word(*wordAt(address)).load(std::memory_order_acquire);
    if (static_cast<std::int32_t>(found - value) >= 0) break;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  if (__tsan_acquire != nullptr) __tsan_acquire(wordAt(address));
}

}  // namespace
}  // namespace standin

using namespace standin;

CUresult cuStreamWaitValue32_v2(CUstream handle, CUdeviceptr address, std::uint32_t value,
                                unsigned flags) {
  std::shared_ptr<Stream> stream;
  const CUresult status = prepare(Function::cuStreamWaitValue32_v2, handle, address, flags, stream);
  if (status != CUDA_SUCCESS) return status;
  stream->enqueue(Item::always, [address, value, context = stream->context] {
    await(address, value, *context);
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult cuStreamWriteValue32_v2(CUstream handle, CUdeviceptr address, std::uint32_t value,
                                 unsigned flags) {
  std::shared_ptr<Stream> stream;
  const CUresult status =
      prepare(Function::cuStreamWriteValue32_v2, handle, address, flags, stream);
  if (status != CUDA_SUCCESS) return status;
  stream->enqueue(Item::signal, [address, value] {
    if (!isWord(address, "a stream writing a word")) return int{CUDA_ERROR_ILLEGAL_ADDRESS};
    if (__tsan_release != nullptr) __tsan_release(wordAt(address));
    Word(*wordAt(address)).store(value, std::memory_order_release);
    return 0;
  });
  return CUDA_SUCCESS;
}
