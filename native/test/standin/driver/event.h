// Events: points in a stream that can be waited for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "context.h"

namespace standin {

class Event {
 public:
  Event(std::shared_ptr<Context> context, bool timing)
      : context(std::move(context)), timing(timing) {}

  /** A new recording; the stream says later that it was reached. */
  std::int64_t record();
  void reach(std::int64_t recording);
  /** The last recording; 0 when there is none, which needs no wait. */
  std::int64_t target();
  void wait(std::int64_t recording);
  bool reached(std::int64_t recording);
  std::chrono::steady_clock::time_point time();

  const std::shared_ptr<Context> context;
  const bool timing;

 private:
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t recorded = 0, completed = 0;
  std::chrono::steady_clock::time_point stamp;
};

std::shared_ptr<Event> eventOf(CUevent handle, const char* call);

}  // namespace standin
