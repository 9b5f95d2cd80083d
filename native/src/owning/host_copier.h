// The host's part of large transfers: a thread that copies between arrays and pinned slots.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "chunk_ring.h"
#include "copy_crew.h"

namespace batchnorm::owning {

enum class Direction { upload, download };

/** The host's part of one transfer. */
class HostCopy {
 public:
  /** @param array Must live until this is over or cancelled; only read for an upload.
   * @param first Number of its first chunk. */
  HostCopy(Direction direction, std::byte* array, std::size_t bytes, ChunkNumber first);
  HostCopy(const HostCopy&) = delete;
  HostCopy& operator=(const HostCopy&) = delete;

  /** After this the array is not touched any more: waits for a chunk that is being copied. */
  void cancel() noexcept;
  /** Returns when all is copied, or it was cancelled and its turn has passed. */
  void wait() noexcept;

  ChunkNumber first() const { return first_; }
  /** Number of the chunk after its last. */
  ChunkNumber end() const { return end_; }

 private:
  friend class HostCopier;
  /** False where it was cancelled. */
  bool copyChunk(ChunkNumber chunk, std::byte* slot, CopyCrew& crew) noexcept;
  void finish() noexcept;

  const Direction direction_;
  std::byte* const array_;
  const std::size_t bytes_;
  const ChunkNumber first_;
  const ChunkNumber end_;

  std::mutex mutex_;
  std::condition_variable finished_;
  bool over_ = false;
  std::atomic<bool> cancelled_ = false;
};

/**
 * Copies chunk after chunk as the device comes to them. It calls nothing of the driver: calls of
 * other threads that wait for the device (to free or pin memory, to load a module) hold up the
 * calls of all, and would never end if the device waited for such a call in turn.
 */
class HostCopier {
 public:
  /** @param ring Must outlive this. */
  explicit HostCopier(const ChunkRing& ring) : ring_(&ring) {}
  HostCopier(const HostCopier&) = delete;
  HostCopier& operator=(const HostCopier&) = delete;
  ~HostCopier();

  /** Starts the thread, at the first call; false where the system refuses it. */
  bool start() noexcept;
  /** In the order of their numbers, without a gap. */
  void add(std::shared_ptr<HostCopy> copy);

 private:
  void run() noexcept;
  void make(HostCopy& copy) noexcept;
  bool deviceReaches(ChunkNumber chunk, const HostCopy& copy) const noexcept;

  const ChunkRing* ring_;
  CopyCrew crew_;

  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::shared_ptr<HostCopy>> copies_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace batchnorm::owning
