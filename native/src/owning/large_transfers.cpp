#include "large_transfers.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace batchnorm::owning {

namespace {

/** Of the cache and of what the bus moves: the words do not disturb each other. */
constexpr std::size_t lineBytes = 256;
constexpr std::size_t ringBytes = ChunkRing::slots * ChunkRing::slotBytes;

ChunkRing makeRing(std::byte* memory) {
  std::byte* words = memory + ringBytes;
  return {memory, new (words) ChunkRing::Word(ChunkRing::first),
          new (words + lineBytes) ChunkRing::Word(ChunkRing::first)};
}

/** Pinned memory has one address for host and device (page "Unified Addressing",
 * group__CUDA__UNIFIED.html). */
raw::CUdeviceptr addressOf(const ChunkRing::Word* word) {
  return reinterpret_cast<raw::CUdeviceptr>(word);
}

}  // namespace

LargeTransfers::LargeTransfers(const checked::Driver& driver, const Stream& stream)
    : driver_(&driver),
      stream_(&stream),
      memory_(driver, ringBytes + 2 * lineBytes),
      ring_(makeRing(memory_.data())),
      asynchronous_(deviceCanWait()),
      copier_(ring_) {}

/** There is no attribute to ask for (page "Stream memory operations", group__CUDA__MEMOP.html): it
 * is tried, with values that change nothing. */
bool LargeTransfers::deviceCanWait() const {
  const char* call = "cuStreamWaitValue32_v2";
  raw::CUresult status = driver_->table.cuStreamWaitValue32_v2(
      *stream_, addressOf(ring_.host), next_, raw::CU_STREAM_WAIT_VALUE_GEQ);
  if (status == raw::CUDA_SUCCESS) {
    call = "cuStreamWriteValue32_v2";
    status = driver_->table.cuStreamWriteValue32_v2(*stream_, addressOf(ring_.device), next_,
                                                    raw::CU_STREAM_WRITE_VALUE_DEFAULT);
  }
  stream_->quiesce();  // The words go at once if the rest of the device cannot be made.
  if (status == raw::CUDA_SUCCESS) return true;
  if (status == raw::CUDA_ERROR_NOT_SUPPORTED) return false;
  throw driver_->error(status, call);
}

std::shared_ptr<HostCopy> LargeTransfers::upload(raw::CUdeviceptr to, const std::byte* from,
                                                 std::size_t bytes) {
  return transfer(Direction::upload, to, const_cast<std::byte*>(from), bytes);  // Only read.
}

std::shared_ptr<HostCopy> LargeTransfers::download(std::byte* to, raw::CUdeviceptr from,
                                                   std::size_t bytes) {
  return transfer(Direction::download, from, to, bytes);
}

std::shared_ptr<HostCopy> LargeTransfers::transfer(Direction direction, raw::CUdeviceptr device,
                                                   std::byte* array, std::size_t bytes) {
  if (!asynchronous_ || !copier_.start()) {
    transferAtOnce(direction, device, array, bytes);
    return nullptr;
  }
  auto copy = std::make_shared<HostCopy>(direction, array, bytes, next_);
  // The host begins before all is enqueued: where a stream has too much queued (about a thousand
  // items), the driver makes the caller wait until some of it is done.
  copier_.add(copy);
  next_ = copy->end();
  try {
    enqueue(direction, device, bytes, *copy);
  } catch (...) {
    abandon(*copy);
    throw;
  }
  return copy;
}

void LargeTransfers::enqueue(Direction direction, raw::CUdeviceptr device, std::size_t bytes,
                             const HostCopy& copy) {
  const ChunkNumber ahead = direction == Direction::download ? ChunkRing::slots : 0;
  std::size_t offset = 0;
  for (ChunkNumber chunk = copy.first(); chunk != copy.end(); ++chunk) {
    driver_->cuStreamWaitValue32_v2(*stream_, addressOf(ring_.host), chunk + 1 - ahead,
                                    raw::CU_STREAM_WAIT_VALUE_GEQ);
    copyChunk(direction, device + offset, ring_.slot(chunk),
              std::min(ChunkRing::slotBytes, bytes - offset));
    driver_->cuStreamWriteValue32_v2(*stream_, addressOf(ring_.device), chunk + 1,
                                     raw::CU_STREAM_WRITE_VALUE_DEFAULT);
    offset += ChunkRing::slotBytes;
  }
}

void LargeTransfers::copyChunk(Direction direction, raw::CUdeviceptr device, std::byte* slot,
                               std::size_t bytes) const {
  if (direction == Direction::upload) {
    driver_->cuMemcpyHtoDAsync_v2(device, slot, bytes, *stream_);
  } else {
    driver_->cuMemcpyDtoHAsync_v2(slot, device, bytes, *stream_);
  }
}

/** Of a transfer that could not be enqueued whole: what was, runs through, and the words are put
 * where they would be had all been enqueued. */
void LargeTransfers::abandon(HostCopy& copy) noexcept {
  copy.cancel();
  asynchronous_ = stream_->quiesce();
  if (!asynchronous_) return;  // A broken context; nobody writes the device's word any more.
  copy.wait();
  ring_.device->store(copy.end(), std::memory_order_release);
}

void LargeTransfers::transferAtOnce(Direction direction, raw::CUdeviceptr device, std::byte* array,
                                    std::size_t bytes) {
  std::byte* slot = ring_.slot(0);
  for (std::size_t offset = 0; offset < bytes; offset += ChunkRing::slotBytes) {
    const std::size_t length = std::min(ChunkRing::slotBytes, bytes - offset);
    if (direction == Direction::upload) std::memcpy(slot, array + offset, length);
    copyChunk(direction, device + offset, slot, length);
    stream_->synchronize();
    if (direction == Direction::download) std::memcpy(array + offset, slot, length);
  }
}

}  // namespace batchnorm::owning
