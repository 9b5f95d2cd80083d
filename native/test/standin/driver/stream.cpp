#include "stream.h"

#include <chrono>
#include <vector>

#include "../control/handles.h"
#include "event.h"
#include "pool.h"

namespace standin {
namespace {

auto& streams = *new Handles<Stream, CUstream>("stream", 2, Count::streams);

std::mutex aliveMutex;
auto& alive = *new std::vector<std::weak_ptr<Stream>>;

void pause() {
  const auto slow = settings().slow;
  if (slow > 0) std::this_thread::sleep_for(std::chrono::microseconds(slow));
}

}  // namespace

Stream::Stream(std::shared_ptr<Context> owner)
    : context(std::move(owner)), worker(&Stream::run, this) {}

Stream::~Stream() {
  {
    const std::lock_guard lock(mutex);
    closing = true;
  }
  changed.notify_all();
  worker.join();
}

void Stream::enqueue(Item item, Action action) {
  {
    const std::lock_guard lock(mutex);
    queue.emplace_back(item, std::move(action));
    submitted++;
  }
  changed.notify_all();
  if (settings().synchronous != 0) synchronize();
}

void Stream::synchronize() {
  std::unique_lock lock(mutex);
  const auto target = submitted;
  changed.wait(lock, [&] { return done >= target; });
}

void Stream::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return closing || !queue.empty(); });
    if (queue.empty()) return;
    auto [item, action] = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    execute(item, action);
    action = nullptr;
    lock.lock();
    done++;
    changed.notify_all();
  }
}

void Stream::execute(Item item, const Action& action) {
  pause();
  if (item == Item::always) {
    action();
    return;
  }
  if (context->status() != CUDA_SUCCESS) return;
  int status = item == Item::work ? enterWork() : 0;
  if (status == 0) status = action();
  if (status != 0) context->sticky = status;
}

std::shared_ptr<Stream> streamOf(CUstream handle, const char* call) {
  auto stream = streams.find(handle, call);
  if (stream == nullptr) return nullptr;
  if (stream->context == currentContext(call)) return stream;
  misuse("%s: the stream belongs to another context than the current one", call);
  return nullptr;
}

CUresult launch(CUstream handle, const char* call, std::function<void()> kernel) {
  passDeviceWait();
  const auto stream = streamOf(handle, call);
  if (stream == nullptr) return INVALID_HANDLE;
  if (const CUresult status = stream->context->status()) return status;
  stream->enqueue(Item::work, [kernel = std::move(kernel)] {
    kernel();
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult waitFor(CUstream handle, const char* call) {
  const auto stream = streamOf(handle, call);
  if (stream == nullptr) return INVALID_HANDLE;
  stream->synchronize();
  return stream->context->status();
}

void waitForDevice(const Context& context) {
  const std::unique_lock others(deviceWait);
  std::vector<std::shared_ptr<Stream>> found;
  {
    const std::lock_guard lock(aliveMutex);
    std::erase_if(alive, [](const auto& one) { return one.expired(); });
    for (const auto& one : alive) {
      auto stream = one.lock();
      if (stream != nullptr && stream->context.get() == &context)
        found.push_back(std::move(stream));
    }
  }
  for (const auto& stream : found) stream->synchronize();
}

}  // namespace standin

using namespace standin;

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  if (const CUresult status = begin(Function::cuStreamCreate, Needs::context)) return status;
  if (flags > CU_STREAM_NON_BLOCKING) return CUDA_ERROR_INVALID_VALUE;
  const auto made = std::make_shared<Stream>(currentContext("cuStreamCreate"));
  *stream = streams.add(made);
  const std::lock_guard lock(aliveMutex);
  alive.push_back(made);
  return CUDA_SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  const CUresult status = begin(Function::cuStreamDestroy_v2, Needs::context);
  if (streams.take(stream, "cuStreamDestroy_v2") == nullptr) return INVALID_HANDLE;
  return status;
}

CUresult cuStreamSynchronize(CUstream stream) {
  if (const CUresult status = begin(Function::cuStreamSynchronize, Needs::context)) return status;
  const CUresult status = waitFor(stream, "cuStreamSynchronize");
  releaseUnused();
  return status;
}
