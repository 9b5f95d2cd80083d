#include "waiter.h"

namespace batchnorm::owning {

Waiter::Waiter(const checked::Driver& driver, raw::CUcontext context, const Stream& stream,
               std::function<void()> wake)
    : driver_(&driver), context_(context), stream_(&stream), wake_(std::move(wake)) {}

void Waiter::add(std::unique_ptr<Pending>&& pending, Event&& event) {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(pending), std::move(event), std::nullopt});
  }
  changed_.notify_one();
}

std::vector<Finished> Waiter::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

void Waiter::stop() noexcept {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Waiter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Finished next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();

    next.error = wait(next);

    lock.lock();
    finished_.push_back(std::move(next));
    lock.unlock();
    wake_();
    lock.lock();
  }
}

std::optional<checked::NativeError> Waiter::wait(const Finished& one) noexcept {
  const char* call = "cuCtxSetCurrent";
  raw::CUresult status = enterContext();
  if (status == raw::CUDA_SUCCESS) {
    call = "cuEventSynchronize";
    status = driver_->table.cuEventSynchronize(one.event);
  }
  if (status == raw::CUDA_SUCCESS) {
    // The device is through; of a download the last chunks may still be on their way to the array.
    if (one.pending->copy) one.pending->copy->wait();
    return std::nullopt;
  }
  // A failed wait says nothing of the work: what it uses may be given back only when the stream is
  // through, or broken.
  if (enterContext() == raw::CUDA_SUCCESS) stream_->quiesce();
  return driver_->error(status, call);
}

raw::CUresult Waiter::enterContext() noexcept {
  if (entered_) return raw::CUDA_SUCCESS;
  const raw::CUresult status = driver_->table.cuCtxSetCurrent(context_);
  entered_ = status == raw::CUDA_SUCCESS;
  return status;
}

}  // namespace batchnorm::owning
