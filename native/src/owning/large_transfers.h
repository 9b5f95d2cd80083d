// Large transfers: in chunks through a ring of pinned slots, so that the host's copy between
// pageable and pinned memory overlaps the device's copy.
#pragma once

#include <cstddef>
#include <memory>

#include "chunk_ring.h"
#include "host_copier.h"
#include "pinned.h"
#include "stream.h"

namespace batchnorm::owning {

/**
 * All that the device does for a transfer is enqueued by the call, at its place in the stream: for
 * each chunk it waits for the host's word, copies, and writes its own. Nothing is left to be
 * enqueued later, so whatever waits for the stream, waits for this device and for copies of host
 * memory, and comes to an end. Where the device cannot wait for a word, the calls wait instead, and
 * the transfer is over when they return.
 */
class LargeTransfers {
 public:
  LargeTransfers(const checked::Driver& driver, const Stream& stream);
  LargeTransfers(const LargeTransfers&) = delete;
  LargeTransfers& operator=(const LargeTransfers&) = delete;

  /**
   * From the host to the device. `from` must live until the stream is past it, or until the copy
   * returned (null where there is nothing left to copy) is cancelled. Throws NativeError, and then
   * nothing is under way any more.
   */
  std::shared_ptr<HostCopy> upload(raw::CUdeviceptr to, const std::byte* from, std::size_t bytes);
  /** As upload, from the device to the host: over when the stream is past it and the copy too. */
  std::shared_ptr<HostCopy> download(std::byte* to, raw::CUdeviceptr from, std::size_t bytes);

 private:
  std::shared_ptr<HostCopy> transfer(Direction direction, raw::CUdeviceptr device, std::byte* array,
                                     std::size_t bytes);
  void enqueue(Direction direction, raw::CUdeviceptr device, std::size_t bytes,
               const HostCopy& copy);
  void copyChunk(Direction direction, raw::CUdeviceptr device, std::byte* slot,
                 std::size_t bytes) const;
  void abandon(HostCopy& copy) noexcept;
  void transferAtOnce(Direction direction, raw::CUdeviceptr device, std::byte* array,
                      std::size_t bytes);
  bool deviceCanWait() const;

  const checked::Driver* driver_;
  const Stream* stream_;
  Pinned memory_;
  ChunkRing ring_;
  ChunkNumber next_ = ChunkRing::first;
  /** The device can wait for words, and the words are right. */
  bool asynchronous_;
  HostCopier copier_;
};

}  // namespace batchnorm::owning
