// Points in a stream that threads and other streams can wait for.
#pragma once

#include <utility>
#include <vector>

#include "../checked/driver.h"

namespace batchnorm::owning {

/** Waiting threads sleep rather than spin. */
class Event {
 public:
  Event(const checked::Driver& driver, unsigned flags) : driver_(&driver) {
    driver.cuEventCreate(&event_, raw::CU_EVENT_BLOCKING_SYNC | flags);
  }
  Event(Event&& other) noexcept
      : driver_(other.driver_), event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&& other) noexcept {
    std::swap(driver_, other.driver_);
    std::swap(event_, other.event_);
    return *this;
  }
  ~Event() {
    if (event_ != nullptr) driver_->table.cuEventDestroy_v2(event_);
  }

  operator raw::CUevent() const { return event_; }

  void record(raw::CUstream stream) const { driver_->cuEventRecord(event_, stream); }

 private:
  const checked::Driver* driver_;
  raw::CUevent event_ = nullptr;
};

/** Events of one kind, made once and used again. Not for several threads. */
class EventPool {
 public:
  /** @param flags CU_EVENT_DISABLE_TIMING, or CU_EVENT_DEFAULT for events that tell the time. */
  EventPool(const checked::Driver& driver, unsigned flags) : driver_(&driver), flags_(flags) {}

  Event take() {
    if (idle_.empty()) return Event(*driver_, flags_);
    Event event = std::move(idle_.back());
    idle_.pop_back();
    return event;
  }
  void giveBack(Event event) { idle_.push_back(std::move(event)); }

 private:
  const checked::Driver* driver_;
  unsigned flags_;
  std::vector<Event> idle_;
};

}  // namespace batchnorm::owning
