// Large transfers: in chunks over two side streams, so that the host's copy between pageable and
// pinned memory overlaps the device's copy. All chunks are enqueued at once, in place and order.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "event.h"
#include "host_copies.h"
#include "pinned.h"
#include "stream.h"

namespace batchnorm::owning {

class Lanes {
 public:
  static constexpr std::size_t slotBytes = std::size_t{8} << 20;

  explicit Lanes(const checked::Driver& driver);

  /**
   * Copies `bytes` from the host to the device, at its place in the order of `compute`. `from` must
   * live until `compute` is past it, or `copies`, which this fills in, is cancelled. Throws
   * NativeError, with part of it perhaps under way.
   */
  void upload(const Stream& compute, raw::CUdeviceptr to, const std::byte* from, std::size_t bytes,
              std::unique_ptr<HostCopies>& copies);
  /** As upload, from the device to the host. */
  void download(const Stream& compute, std::byte* to, raw::CUdeviceptr from, std::size_t bytes,
                std::unique_ptr<HostCopies>& copies);

  /** Waits for both; on paths that already fail. */
  void quiesce() const noexcept;

 private:
  struct Lane {
    explicit Lane(const checked::Driver& driver)
        : stream(driver), slot(driver, slotBytes), joined(driver, raw::CU_EVENT_DISABLE_TIMING) {}
    Stream stream;
    Pinned slot;
    Event joined;
  };

  template <class Chunk>
  void eachChunk(std::size_t bytes, std::unique_ptr<HostCopies>& copies, Chunk chunk);
  void join(const Stream& compute);

  const checked::Driver* driver_;
  std::shared_ptr<CopyCrew> crew_;
  std::array<Lane, 2> lanes_;
  Event forked_;
};

}  // namespace batchnorm::owning
