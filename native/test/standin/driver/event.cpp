#include "event.h"

#include "../control/handles.h"
#include "pool.h"
#include "stream.h"

namespace standin {
namespace {

auto& events = *new Handles<Event, CUevent>("event", 3, Count::events);

}  // namespace

std::int64_t Event::record() {
  const std::lock_guard lock(mutex);
  return ++recorded;
}

void Event::reach(std::int64_t recording) {
  const std::lock_guard lock(mutex);
  completed = recording;
  stamp = std::chrono::steady_clock::now();
  changed.notify_all();
}

std::int64_t Event::target() {
  const std::lock_guard lock(mutex);
  return recorded;
}

void Event::wait(std::int64_t recording) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return completed >= recording; });
}

bool Event::reached(std::int64_t recording) {
  const std::lock_guard lock(mutex);
  return completed >= recording;
}

std::chrono::steady_clock::time_point Event::time() {
  const std::lock_guard lock(mutex);
  return stamp;
}

std::shared_ptr<Event> eventOf(CUevent handle, const char* call) {
  return events.find(handle, call);
}

}  // namespace standin

using namespace standin;

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  if (const CUresult status = begin(Function::cuEventCreate, Needs::context)) return status;
  const bool timing = (flags & CU_EVENT_DISABLE_TIMING) == 0;
  *event = events.add(std::make_shared<Event>(currentContext("cuEventCreate"), timing));
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
  const CUresult status = begin(Function::cuEventDestroy_v2, Needs::context);
  return events.take(event, "cuEventDestroy_v2") == nullptr ? INVALID_HANDLE : status;
}

CUresult cuEventRecord(CUevent handle, CUstream streamHandle) {
  if (const CUresult status = begin(Function::cuEventRecord, Needs::context)) return status;
  const auto event = eventOf(handle, "cuEventRecord");
  const auto stream = streamOf(streamHandle, "cuEventRecord");
  if (event == nullptr || stream == nullptr || event->context != stream->context)
    return INVALID_HANDLE;
  stream->enqueue(Item::always, [event, recording = event->record()] {
    event->reach(recording);
    return 0;
  });
  return CUDA_SUCCESS;
}

CUresult cuEventSynchronize(CUevent handle) {
  if (const CUresult status = begin(Function::cuEventSynchronize, Needs::context)) return status;
  const auto event = eventOf(handle, "cuEventSynchronize");
  if (event == nullptr) return INVALID_HANDLE;
  event->wait(event->target());
  releaseUnused();
  return event->context->status();
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent startHandle, CUevent endHandle) {
  if (const CUresult status = begin(Function::cuEventElapsedTime, Needs::context)) return status;
  const auto start = eventOf(startHandle, "cuEventElapsedTime");
  const auto end = eventOf(endHandle, "cuEventElapsedTime");
  if (start == nullptr || end == nullptr || !start->timing || !end->timing) return INVALID_HANDLE;
  if (start->target() == 0 || end->target() == 0) return INVALID_HANDLE;
  if (!start->reached(start->target()) || !end->reached(end->target())) return NOT_READY;
  *milliseconds = std::chrono::duration<float, std::milli>(end->time() - start->time()).count();
  return CUDA_SUCCESS;
}
