// Waits for the device on a thread of its own, so that no caller has to.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "../checked/error.h"
#include "event.h"
#include "host_copier.h"
#include "staging.h"
#include "stream.h"

namespace batchnorm::owning {

/** Somebody waiting for the device, and what the work under way needs until then. */
class Pending {
 public:
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  virtual ~Pending() {
    if (copy) copy->cancel();
  }

  /** On the device's own thread: the work is done, or the device failed. */
  virtual void succeed() {}
  virtual void fail(const checked::NativeError&) {}

  /** Where the bytes of a small transfer are; empty for a large one. */
  Staging::Piece piece;
  /** The host's part of a transfer through the ring, which ends at the latest when this goes. */
  std::shared_ptr<HostCopy> copy;
};

struct Finished {
  std::unique_ptr<Pending> pending;
  Event event;
  /** The device's failure, if the event never came. */
  std::optional<checked::NativeError> error;
};

/** Events are waited for in the order they were added: they must be of `stream`. */
class Waiter {
 public:
  /** @param wake Called on the waiter's thread after something finished. */
  Waiter(const checked::Driver& driver, raw::CUcontext context, const Stream& stream,
         std::function<void()> wake);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { stop(); }

  /** Starts the thread at the first call. Takes what it is given only if it does not throw. */
  void add(std::unique_ptr<Pending>&& pending, Event&& event);
  /** What finished since the last call. */
  std::vector<Finished> take();
  /** Returns when all that was added is finished and the thread is gone. */
  void stop() noexcept;

 private:
  void run();
  std::optional<checked::NativeError> wait(const Finished& one) noexcept;
  raw::CUresult enterContext() noexcept;

  const checked::Driver* driver_;
  raw::CUcontext context_;
  const Stream* stream_;
  std::function<void()> wake_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Finished> waiting_;
  std::vector<Finished> finished_;
  bool stopping_ = false;
  /** The thread is in the context: of the thread alone. */
  bool entered_ = false;
  std::thread thread_;
};

}  // namespace batchnorm::owning
