// Host memory copied by several threads: one alone reaches a fraction of what memory, and the bus,
// can do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace batchnorm::owning {

class CopyCrew {
 public:
  CopyCrew() = default;
  CopyCrew(const CopyCrew&) = delete;
  CopyCrew& operator=(const CopyCrew&) = delete;
  ~CopyCrew();

  /** Up to three, where the machine has processors to spare. */
  static std::size_t sensibleHelpers() noexcept;
  /** Starts the helpers, at the first call. The caller of `copy` works too. */
  void start(std::size_t helpers) noexcept;
  /** As memcpy. Any thread may call it; one copy is made at a time. */
  void copy(void* to, const void* from, std::size_t bytes) noexcept;

 private:
  void help(std::size_t index) noexcept;
  /** Of the parts the present copy is cut into, the one of this index. */
  void copyPart(std::size_t index) noexcept;

  bool started_ = false;
  std::vector<std::thread> helpers_;
  std::mutex callers_;

  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable done_;
  std::uint64_t round_ = 0;
  std::size_t busy_ = 0;
  bool stopping_ = false;

  std::byte* to_ = nullptr;
  const std::byte* from_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace batchnorm::owning
