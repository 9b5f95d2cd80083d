#include "host_copier.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace batchnorm::owning {

HostCopy::HostCopy(Direction direction, std::byte* array, std::size_t bytes, ChunkNumber first)
    : direction_(direction),
      array_(array),
      bytes_(bytes),
      first_(first),
      end_(first +
           static_cast<ChunkNumber>((bytes + ChunkRing::slotBytes - 1) / ChunkRing::slotBytes)) {}

void HostCopy::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
}

void HostCopy::wait() noexcept {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return over_; });
}

bool HostCopy::copyChunk(ChunkNumber chunk, std::byte* slot, CopyCrew& crew) noexcept {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return false;
  const std::size_t offset = (chunk - first_) * ChunkRing::slotBytes;
  const std::size_t length = std::min(ChunkRing::slotBytes, bytes_ - offset);
  if (direction_ == Direction::upload) {
    crew.copy(slot, array_ + offset, length);
  } else {
    crew.copy(array_ + offset, slot, length);
  }
  return true;
}

void HostCopy::finish() noexcept {
  const std::lock_guard lock(mutex_);
  over_ = true;
  finished_.notify_all();
}

HostCopier::~HostCopier() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_one();
  thread_.join();
}

bool HostCopier::start() noexcept try {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  return true;
} catch (const std::system_error&) {
  return false;
}

void HostCopier::add(std::shared_ptr<HostCopy> copy) {
  {
    const std::lock_guard lock(mutex_);
    copies_.push_back(std::move(copy));
  }
  added_.notify_one();
}

void HostCopier::run() noexcept {
  crew_.start(CopyCrew::sensibleHelpers());
  std::unique_lock lock(mutex_);
  for (;;) {
    added_.wait(lock, [this] { return stopping_ || !copies_.empty(); });
    if (copies_.empty()) return;
    const std::shared_ptr<HostCopy> next = std::move(copies_.front());
    copies_.pop_front();
    lock.unlock();
    make(*next);
    lock.lock();
  }
}

void HostCopier::make(HostCopy& copy) noexcept {
  // A slot can be filled once the device has emptied it, and emptied once it has filled it.
  const ChunkNumber ahead = copy.direction_ == Direction::upload ? ChunkRing::slots : 0;
  for (ChunkNumber chunk = copy.first_; chunk != copy.end_; ++chunk) {
    if (!deviceReaches(chunk + 1 - ahead, copy)) break;
    if (!copy.copyChunk(chunk, ring_->slot(chunk), crew_)) break;
    ring_->host->store(chunk + 1, std::memory_order_release);
  }
  // Also where it was cancelled: the device must not wait for chunks that never come.
  ring_->host->store(copy.end_, std::memory_order_release);
  copy.finish();
}

/** False where the copy is not wanted any more. */
bool HostCopier::deviceReaches(ChunkNumber chunk, const HostCopy& copy) const noexcept {
  using namespace std::chrono_literals;
  // In the midst of a transfer the device needs 150 µs a chunk. Before it there may be any amount
  // of work: then looking again must cost next to nothing.
  constexpr std::chrono::microseconds awake = 30us;
  constexpr std::chrono::microseconds longest = 500us;
  const auto start = std::chrono::steady_clock::now();
  std::chrono::microseconds pause = 10us;
  while (!reached(*ring_->device, chunk)) {
    if (copy.cancelled_ || stopping_) return false;
    if (std::chrono::steady_clock::now() - start < awake) {
      std::this_thread::yield();
      continue;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, longest);
  }
  return true;
}

}  // namespace batchnorm::owning
