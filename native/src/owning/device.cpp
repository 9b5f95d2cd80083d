#include "device.h"

#include <cstring>

namespace batchnorm::owning {

Device::Parts::Parts(const Libraries& libraries, raw::CUcontext context, int ordinal, bool pooled,
                     std::function<void()> wake)
    : staging(libraries.driver),
      compute(libraries.driver),
      events(libraries.driver, raw::CU_EVENT_DISABLE_TIMING),
      timedEvents(libraries.driver, raw::CU_EVENT_DEFAULT),
      memory(libraries.driver, compute, ordinal, pooled),
      transfers(libraries.driver, compute),
      cudnn(libraries, compute),
      kernels(libraries.driver),
      waiter(libraries.driver, context, compute, std::move(wake)) {}

Device::Device(std::shared_ptr<const Libraries> libraries, int ordinal, std::function<void()> wake)
    : libraries_(std::move(libraries)),
      facts_(deviceFacts(*libraries_, ordinal)),
      context_(libraries_->driver, ordinal) {
  const ContextScope scope = enter();
  parts_ = std::make_unique<Parts>(*libraries_, context_.get(), ordinal, facts_.memoryPools,
                                   std::move(wake));
}

Device::~Device() {
  const ContextScope scope(libraries_->driver, context_.get(), std::nothrow);
  parts_->waiter.stop();
  parts_->compute.quiesce();
  parts_.reset();
}

std::unique_ptr<Memory> Device::allocate(std::size_t bytes) {
  const ContextScope scope = enter();
  auto memory = std::make_unique<Memory>(parts_->memory, bytes);
  if (bytes > 0) {
    libraries_->driver.cuMemsetD8Async(memory->address(), 0, bytes, parts_->compute);
  }
  return memory;
}

std::unique_ptr<Plan> Device::createPlan(const PlanSpec& spec) {
  const ContextScope scope = enter();
  return std::make_unique<Plan>(parts_->cudnn, parts_->memory, spec);
}

std::unique_ptr<kernels::Sequence> Device::createSequence(
    std::vector<kernels::LaunchSpec> launches) {
  const ContextScope scope = enter();
  return std::make_unique<kernels::Sequence>(libraries_->driver, parts_->compute, parts_->kernels,
                                             facts_.multiprocessors, std::move(launches));
}

Staging::Piece Device::stage(std::size_t bytes) {
  if (bytes == 0 || bytes > stagedBytes) return {};
  return parts_->staging.take(bytes);
}

void Device::initialize(const Memory& memory, const std::byte* source, std::size_t bytes) {
  if (bytes == 0) return;
  auto pending = std::make_unique<Pending>();
  pending->piece = stage(bytes);
  const bool staged = static_cast<bool>(pending->piece);
  Pending* under = pending.get();
  write(memory, source, bytes, std::move(pending));
  if (staged) return;

  const ContextScope scope = enter();
  try {
    parts_->compute.synchronize();
  } catch (...) {
    // It lives at least until `takeFinished`, and `source` only until now.
    if (under->copy) under->copy->cancel();
    throw;
  }
}

void Device::write(const Memory& memory, const std::byte* source, std::size_t bytes,
                   std::unique_ptr<Pending> pending) {
  submit(std::move(pending), [&](Pending& under) {
    if (under.piece) {
      std::memcpy(under.piece.data(), source, bytes);
      source = under.piece.data();
    }
    if (under.piece.pinned()) {
      libraries_->driver.cuMemcpyHtoDAsync_v2(memory.address(), source, bytes, parts_->compute);
    } else if (bytes > 0) {
      under.copy = parts_->transfers.upload(memory.address(), source, bytes);
    }
  });
}

void Device::read(const Memory& memory, std::byte* target, std::size_t bytes,
                  std::unique_ptr<Pending> pending) {
  submit(std::move(pending), [&](Pending& under) {
    if (under.piece) target = under.piece.data();
    if (under.piece.pinned()) {
      libraries_->driver.cuMemcpyDtoHAsync_v2(target, memory.address(), bytes, parts_->compute);
    } else if (bytes > 0) {
      under.copy = parts_->transfers.download(target, memory.address(), bytes);
    }
  });
}

void Device::synchronize(std::unique_ptr<Pending> pending) {
  submit(std::move(pending), [](Pending&) {});
}

template <class Enqueue>
void Device::submit(std::unique_ptr<Pending> pending, Enqueue enqueue) {
  const ContextScope scope = enter();
  try {
    enqueue(*pending);
    Event event = parts_->events.take();
    event.record(parts_->compute);
    parts_->waiter.add(std::move(pending), std::move(event));
  } catch (...) {
    // Part of it may be under way and use what `pending` holds.
    parts_->compute.quiesce();
    throw;
  }
  ++unfinished_;
}

std::vector<Finished> Device::takeFinished() {
  std::vector<Finished> finished = parts_->waiter.take();
  unfinished_ -= finished.size();
  for (Finished& one : finished) parts_->events.giveBack(std::move(one.event));
  return finished;
}

Device::MemoryInfo Device::memoryInfo() const {
  const ContextScope scope = enter();
  MemoryInfo info{};
  libraries_->driver.cuMemGetInfo_v2(&info.free, &info.total);
  return info;
}

int Device::queryRuntimeError() {
  const ContextScope scope = enter();
  raw::cudnnStatus_t status = raw::CUDNN_STATUS_SUCCESS;
  libraries_->cudnn.cudnnQueryRuntimeError(parts_->cudnn, &status, raw::CUDNN_ERRQUERY_RAWCODE,
                                           nullptr);
  return status;
}

void Device::startTiming() {
  const ContextScope scope = enter();
  Event start = recordTime();
  if (parts_->timingStart) parts_->timedEvents.giveBack(std::move(*parts_->timingStart));
  parts_->timingStart = std::move(start);
}

std::optional<Interval> Device::stopTiming() {
  if (!parts_->timingStart) return std::nullopt;
  const ContextScope scope = enter();
  Event stop = recordTime();
  Interval interval{std::move(*parts_->timingStart), std::move(stop)};
  parts_->timingStart.reset();
  return interval;
}

Event Device::recordTime() {
  Event event = parts_->timedEvents.take();
  event.record(parts_->compute);
  return event;
}

float Device::elapsed(Interval interval) {
  const ContextScope scope = enter();
  float milliseconds = 0;
  libraries_->driver.cuEventElapsedTime(&milliseconds, interval.start, interval.stop);
  parts_->timedEvents.giveBack(std::move(interval.start));
  parts_->timedEvents.giveBack(std::move(interval.stop));
  return milliseconds;
}

}  // namespace batchnorm::owning
