#include "copy_crew.h"

#include <algorithm>
#include <cstring>
#include <system_error>

namespace batchnorm::owning {

namespace {
/** Below this, waking others takes longer than they save. */
constexpr std::size_t worthSharing = std::size_t{1} << 20;
constexpr std::size_t page = 4096;
}  // namespace

CopyCrew::~CopyCrew() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  begun_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

std::size_t CopyCrew::sensibleHelpers() noexcept {
  // The caller and JavaScript have a processor each, and half of the others are left alone.
  const std::size_t processors = std::max(2U, std::thread::hardware_concurrency());
  return std::min<std::size_t>(3, (processors - 2) / 2);
}

void CopyCrew::start(std::size_t helpers) noexcept {
  if (started_) return;
  started_ = true;
  try {
    helpers_.reserve(helpers);
    while (helpers_.size() < helpers) {
      helpers_.emplace_back([this, index = helpers_.size()] { help(index); });
    }
  } catch (const std::system_error&) {
    // Those that did start do.
  }
}

void CopyCrew::copy(void* to, const void* from, std::size_t bytes) noexcept {
  if (bytes < worthSharing || helpers_.empty()) {
    std::memcpy(to, from, bytes);
    return;
  }
  const std::lock_guard one(callers_);
  {
    const std::lock_guard lock(mutex_);
    to_ = static_cast<std::byte*>(to);
    from_ = static_cast<const std::byte*>(from);
    bytes_ = bytes;
    busy_ = helpers_.size();
    ++round_;
  }
  begun_.notify_all();
  copyPart(helpers_.size());
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void CopyCrew::help(std::size_t index) noexcept {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    begun_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    lock.unlock();
    copyPart(index);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

void CopyCrew::copyPart(std::size_t index) noexcept {
  const std::size_t parts = helpers_.size() + 1;
  const std::size_t length = (bytes_ / parts + page) / page * page;
  const std::size_t begin = std::min(bytes_, index * length);
  const std::size_t end = std::min(bytes_, begin + length);
  std::memcpy(to_ + begin, from_ + begin, end - begin);
}

}  // namespace batchnorm::owning
