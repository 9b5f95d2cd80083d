#include "lanes.h"

#include <algorithm>

namespace batchnorm::owning {

Lanes::Lanes(const checked::Driver& driver)
    : driver_(&driver),
      crew_(std::make_shared<CopyCrew>()),
      lanes_{{Lane(driver), Lane(driver)}},
      forked_(driver, raw::CU_EVENT_DISABLE_TIMING) {}

void Lanes::upload(const Stream& compute, raw::CUdeviceptr to, const std::byte* from,
                   std::size_t bytes, std::unique_ptr<HostCopies>& copies) {
  forked_.record(compute);
  eachChunk(bytes, copies, [&](Lane& lane, bool first, std::size_t offset, std::size_t length) {
    copies->enqueue(*driver_, lane.stream, lane.slot.data(), from + offset, length);
    // Only the device's copy has a place in the order: the host's may go ahead of it.
    if (first) driver_->cuStreamWaitEvent(lane.stream, forked_, 0);
    driver_->cuMemcpyHtoDAsync_v2(to + offset, lane.slot.data(), length, lane.stream);
  });
  join(compute);
}

void Lanes::download(const Stream& compute, std::byte* to, raw::CUdeviceptr from, std::size_t bytes,
                     std::unique_ptr<HostCopies>& copies) {
  forked_.record(compute);
  eachChunk(bytes, copies, [&](Lane& lane, bool first, std::size_t offset, std::size_t length) {
    if (first) driver_->cuStreamWaitEvent(lane.stream, forked_, 0);
    driver_->cuMemcpyDtoHAsync_v2(lane.slot.data(), from + offset, length, lane.stream);
    copies->enqueue(*driver_, lane.stream, to + offset, lane.slot.data(), length);
  });
  join(compute);
}

/** The chunks take the lanes in turn; a lane's slot is free again when its stream comes to the
 * next. */
template <class Chunk>
void Lanes::eachChunk(std::size_t bytes, std::unique_ptr<HostCopies>& copies, Chunk chunk) {
  const std::size_t count = (bytes + slotBytes - 1) / slotBytes;
  crew_->start(CopyCrew::sensibleHelpers());
  copies = std::make_unique<HostCopies>(count, crew_);
  for (std::size_t index = 0; index < count; ++index) {
    const std::size_t offset = index * slotBytes;
    chunk(lanes_[index % lanes_.size()], index < lanes_.size(), offset,
          std::min(slotBytes, bytes - offset));
  }
}

void Lanes::join(const Stream& compute) {
  for (Lane& lane : lanes_) {
    lane.joined.record(lane.stream);
    driver_->cuStreamWaitEvent(compute, lane.joined, 0);
  }
}

void Lanes::quiesce() const noexcept {
  for (const Lane& lane : lanes_) lane.stream.quiesce();
}

}  // namespace batchnorm::owning
