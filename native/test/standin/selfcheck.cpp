// The stand-in put to the test itself: what it promises to find out, it finds out. Built and run by
// standin.test.ts; prints a line for each check that held, and stops at the first that did not.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "cudnn/exports.h"
#include "driver/context.h"

using namespace standin;

namespace {

CUcontext context;
CUstream stream, other;
CUevent event;
constexpr std::size_t bytes = 4096;

void require(bool condition, const char* what) {
  if (!condition) {
    std::printf("FAILED %s (%s)\n", what, page().lastMisuse);
    std::exit(1);
  }
  std::printf("ok %s\n", what);
}

/** How many misuses the action adds. */
template <class Action>
std::int64_t misuses(Action action) {
  const std::int64_t before = counter(Count::misuse);
  action();
  return counter(Count::misuse) - before;
}

std::int64_t alive(Count count) { return counter(count); }

void order(const std::string& words) {
  std::strcpy(page().orders, words.c_str());
  page().generation++;
}

void checkContexts() {
  require(misuses([] { cuStreamCreate(&stream, 1); }) == 1, "a call without a context");
  cuDevicePrimaryCtxRetain(&context, 0);
  cuCtxSetCurrent(context);
  require(alive(Count::contexts) == 1, "contexts are counted");
  cuStreamCreate(&stream, 1);
  cuStreamCreate(&other, 1);
  cuEventCreate(&event, CU_EVENT_DISABLE_TIMING);
  require(alive(Count::streams) == 2 && alive(Count::events) == 1,
          "streams and events are counted");
  CUcontext second;
  cuDevicePrimaryCtxRetain(&second, 1);
  cuCtxSetCurrent(second);
  require(misuses([] { cuStreamSynchronize(stream); }) == 1, "a stream of another context");
  cuCtxSetCurrent(context);
  cuDevicePrimaryCtxRelease_v2(1);
  require(misuses([] { cuDevicePrimaryCtxRelease_v2(1); }) == 1, "a release too many");
}

void checkMemory() {
  CUdeviceptr memory = 0;
  void* pinned = nullptr;
  require(cuMemAlloc_v2(&memory, bytes) == CUDA_SUCCESS && memory >> 48 != 0,
          "addresses point nowhere");
  require(cuMemAllocHost_v2(&pinned, bytes) == CUDA_SUCCESS, "pinned memory");
  std::memset(pinned, 0, bytes);
  cuMemcpyDtoHAsync_v2(pinned, memory, bytes, stream);
  cuStreamSynchronize(stream);
  require(static_cast<unsigned char*>(pinned)[bytes - 1] == 0xA5, "fresh memory is not zero");
  require(misuses([&] { cuMemsetD8Async(memory, 0, bytes + 1, stream); }) == 1,
          "one byte too many");
  require(misuses([&] { cuMemsetD8Async(memory - 1, 0, 1, stream); }) == 1, "one byte too early");
  std::vector<char> pageable(bytes);
  require(misuses([&] { cuMemcpyHtoDAsync_v2(memory, pageable.data(), bytes, stream); }) == 1,
          "host memory that is not pinned");
  order("slow=20000");
  cuMemcpyHtoDAsync_v2(memory, pinned, bytes, stream);
  require(misuses([&] {
            cuMemFreeHost(pinned);
            std::this_thread::sleep_for(std::chrono::milliseconds(80));
          }) == 0,
          "pinned memory freed under way is no crash");
  order("");
  require(context != nullptr && currentContext("")->status() == CUDA_ERROR_ILLEGAL_ADDRESS,
          "but it fails the context");
  currentContext("")->sticky = 0;
  require(cuMemFree_v2(memory) == CUDA_SUCCESS && alive(Count::memory) == 0, "memory is counted");
  require(misuses([&] { cuMemFree_v2(memory); }) == 1, "freed twice");
  require(misuses([&] { cuMemsetD8Async(memory, 0, 1, stream); }) == 1, "used after it was freed");
}

/** Words in pinned memory: of the host and of two streams. */
std::atomic<std::uint32_t>* words = nullptr;
CUdeviceptr word(int index) { return reinterpret_cast<CUdeviceptr>(words + index); }
void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

/** One stream waits for the host and writes, the other waits for the one. */
void checkOrder() {
  void* pinned = nullptr;
  cuMemAllocHost_v2(&pinned, 64);
  std::memset(pinned, 0, 64);
  words = static_cast<std::atomic<std::uint32_t>*>(pinned);
  cuStreamWaitValue32_v2(stream, word(0), 1, 0);
  cuStreamWriteValue32_v2(stream, word(1), 7, 0);
  cuStreamWaitValue32_v2(other, word(1), 7, 0);
  cuStreamWriteValue32_v2(other, word(2), 9, 0);
  cuEventRecord(event, other);
  pause();
  require(words[1] == 0 && words[2] == 0, "a stream waits for its word");
  words[0] = 2;
  cuEventSynchronize(event);
  require(words[1] == 7 && words[2] == 9, "streams, words and events keep the order");
  words[0] = 0x80000000;
  cuStreamWaitValue32_v2(stream, word(0), 0x7FFFFFFF, 0);
  cuStreamSynchronize(stream);
  cuStreamWaitValue32_v2(stream, word(0), 0, 0);
  cuStreamWriteValue32_v2(stream, word(1), 8, 0);
  pause();
  require(words[1] == 7, "words wrap around");
  words[0] = 0;
  cuStreamSynchronize(stream);
  std::uint32_t pageable = 0;
  require(misuses([&] {
            cuStreamWriteValue32_v2(stream, reinterpret_cast<CUdeviceptr>(&pageable), 1, 0);
          }) == 1,
          "a word that is not pinned");
}

/** What waits for the device keeps other threads waiting. */
void checkDeviceWait() {
  cuStreamWaitValue32_v2(stream, word(0), 1, 0);
  std::atomic<bool> pinned = false, waited = false;
  void* more = nullptr;
  std::thread one([&] {
    cuCtxSetCurrent(context);
    cuMemAllocHost_v2(&more, 64);
    pinned = true;
  });
  pause();
  std::thread two([&] {
    cuCtxSetCurrent(context);
    waited = true;
  });
  pause();
  require(!pinned && !waited, "pinning memory waits for the device and holds up other threads");
  words[0] = 1;
  one.join();
  two.join();
  cuMemFreeHost(more);
}

void checkFailures() {
  order("fail:cuEventCreate:2=1");
  CUevent one = nullptr, two = nullptr, three = nullptr;
  require(cuEventCreate(&one, 0) == CUDA_SUCCESS, "the first call");
  require(cuEventCreate(&two, 0) == CUDA_ERROR_INVALID_VALUE && two == nullptr, "the second fails");
  require(cuEventCreate(&three, 0) == CUDA_SUCCESS, "the third");
  order("fail:cuEventDestroy_v2:1=1");
  require(cuEventDestroy_v2(one) == CUDA_ERROR_INVALID_VALUE, "a release that fails");
  require(misuses([&] { cuEventDestroy_v2(one); }) == 1, "has released all the same");
  cuEventDestroy_v2(three);
  CUdeviceptr memory = 0;
  cuMemAlloc_v2(&memory, bytes);
  order("work:1=719");
  cuStreamWaitValue32_v2(other, word(0), 100, 0);
  cuMemsetD8Async(memory, 0, bytes, stream);
  cuStreamWriteValue32_v2(stream, word(1), 100, 0);
  require(cuStreamSynchronize(stream) == CUDA_ERROR_LAUNCH_FAILED, "work that fails");
  require(cuStreamSynchronize(other) == CUDA_ERROR_LAUNCH_FAILED, "ends every wait");
  require(words[1] == 8, "no word is written in a failed context");
  require(cuMemsetD8Async(memory, 0, bytes, stream) == CUDA_ERROR_LAUNCH_FAILED, "it stays failed");
  order("");
  cuMemFree_v2(memory);
  currentContext("")->sticky = 0;
}

void checkCudnn() {
  cudnnHandle_t handle = nullptr;
  cudnnTensorDescriptor_t tensor = nullptr;
  require(cudnnCreate(&handle) == CUDNN_STATUS_SUCCESS && alive(Count::handles) == 1,
          "a cuDNN handle");
  cudnnCreateTensorDescriptor(&tensor);
  const int dims[] = {0, 1, 1, 1}, strides[] = {1, 1, 1, 1};
  require(cudnnSetTensorNdDescriptor(tensor, CUDNN_DATA_FLOAT, 4, dims, strides) ==
              CUDNN_STATUS_BAD_PARAM,
          "an empty batch");
  cudnnDestroyTensorDescriptor(tensor);
  require(misuses([&] { cudnnDestroyTensorDescriptor(tensor); }) == 1,
          "a descriptor destroyed twice");
  cudnnDestroy(handle);
  require(misuses([&] { cudnnSetStream(handle, stream); }) == 1,
          "a handle used after it was destroyed");
}

void checkEnd() {
  cuMemFreeHost(words);
  cuEventDestroy_v2(event);
  cuStreamDestroy_v2(other);
  cuStreamDestroy_v2(stream);
  require(misuses([] { cuStreamSynchronize(stream); }) == 1,
          "a stream used after it was destroyed");
  cuDevicePrimaryCtxRelease_v2(0);
  require(misuses([] { cuCtxSetCurrent(context); }) == 1, "a context that is gone");
  for (int count = 0; count < static_cast<int>(Count::misuse); count++) {
    require(alive(static_cast<Count>(count)) == 0, page().rows[count].name);
  }
}

}  // namespace

int main() {
  require(misuses([] { cuCtxSetCurrent(nullptr); }) == 1, "a call before cuInit");
  cuInit(0);
  checkContexts();
  checkMemory();
  checkOrder();
  checkDeviceWait();
  checkFailures();
  checkCudnn();
  checkEnd();
  std::puts("done");
}
