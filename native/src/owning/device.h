// A GPU in use: its context, one stream that orders all work, and what moves bytes to and fro.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "../kernels/modules.h"
#include "../kernels/sequence.h"
#include "call_record.h"
#include "context.h"
#include "cudnn_handle.h"
#include "event.h"
#include "facts.h"
#include "large_transfers.h"
#include "libraries.h"
#include "memory_pool.h"
#include "plan.h"
#include "staging.h"
#include "waiter.h"

namespace batchnorm::owning {

/** Two points of the stream, both recorded. */
struct Interval {
  Event start;
  Event stop;
};

/**
 * For one thread, as all it makes. All work takes effect in the order of the calls; only
 * `initialize` and the destructor wait for the device. Every method throws NativeError where a
 * library refuses.
 */
class Device {
 public:
  /** Transfers up to this size go through a copy of their own, larger ones straight from and to the
   * host's memory. */
  static constexpr std::size_t stagedBytes = std::size_t{1} << 20;

  /** @param wake Called on another thread when `takeFinished` has something. */
  Device(std::shared_ptr<const Libraries> libraries, int ordinal, std::function<void()> wake);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  /** Memory, plans and sequences must be destroyed before, by `destroy`; and what `takeFinished`
   * gave. */
  ~Device();

  const DeviceFacts& facts() const { return facts_; }
  /** Zero-filled. */
  std::unique_ptr<Memory> allocate(std::size_t bytes);
  std::unique_ptr<Plan> createPlan(const PlanSpec& spec);
  /** Launches of our own kernels as one operation. Throws NativeError. */
  std::unique_ptr<kernels::Sequence> createSequence(std::vector<kernels::LaunchSpec> launches);
  template <class Thing>
  void destroy(std::unique_ptr<Thing> thing) noexcept {
    const ContextScope scope(libraries_->driver, context_.get(), std::nothrow);
    thing.reset();
  }
  void run(const Plan& plan, Step step, const CallRecord& call) {
    const ContextScope scope = enter();
    plan.run(step, call);
  }
  void run(kernels::Sequence& sequence, const CallRecord& call) {
    const ContextScope scope = enter();
    sequence.run(call);
  }

  /** Memory for a transfer's bytes, for `Pending::piece`; empty for a large one. */
  Staging::Piece stage(std::size_t bytes);
  /** `source` has been copied when this returns. */
  void initialize(const Memory& memory, const std::byte* source, std::size_t bytes);
  /** `source` has been copied when this returns if `pending` has a piece, else it must live until
   * it is finished. */
  void write(const Memory& memory, const std::byte* source, std::size_t bytes,
             std::unique_ptr<Pending> pending);
  /** The bytes end up in the piece if `pending` has one, else in `target`, which must live until it
   * is finished. */
  void read(const Memory& memory, std::byte* target, std::size_t bytes,
            std::unique_ptr<Pending> pending);
  void synchronize(std::unique_ptr<Pending> pending);

  /** What is pending and not taken yet. */
  std::size_t unfinished() const { return unfinished_; }
  /** Each is to be told by the caller, on the device's thread. */
  std::vector<Finished> takeFinished();
  /** Waits until all that is pending is finished. Nothing may be enqueued afterwards. */
  void finish() noexcept { parts_->waiter.stop(); }

  struct MemoryInfo {
    std::size_t free;
    std::size_t total;
  };
  MemoryInfo memoryInfo() const;
  /** What cuDNN's kernels reported since the last call: cudnnStatus_t. Ask once the work in
   * question is done. */
  int queryRuntimeError();

  /** Records where the time starts. */
  void startTiming();
  /** Records where it ends; nothing where it was not started. */
  std::optional<Interval> stopTiming();
  /** Milliseconds; both events must be over. */
  float elapsed(Interval interval);

 private:
  /** All that needs the context to go: it is destroyed inside a scope. */
  struct Parts {
    Parts(const Libraries& libraries, raw::CUcontext context, int ordinal, bool pooled,
          std::function<void()> wake);
    Staging staging;
    Stream compute;
    EventPool events;
    EventPool timedEvents;
    std::optional<Event> timingStart;
    MemoryPool memory;
    LargeTransfers transfers;
    CudnnHandle cudnn;
    kernels::Modules kernels;
    Waiter waiter;
  };

  Event recordTime();
  ContextScope enter() const { return {libraries_->driver, context_.get()}; }
  template <class Enqueue>
  void submit(std::unique_ptr<Pending> pending, Enqueue enqueue);

  std::shared_ptr<const Libraries> libraries_;
  DeviceFacts facts_;
  PrimaryContext context_;
  std::unique_ptr<Parts> parts_;
  std::size_t unfinished_ = 0;
};

}  // namespace batchnorm::owning
