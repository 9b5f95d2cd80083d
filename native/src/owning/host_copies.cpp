#include "host_copies.h"

#include <utility>

namespace batchnorm::owning {

HostCopies::HostCopies(std::size_t count, std::shared_ptr<CopyCrew> crew)
    : work_(std::make_shared<Work>()) {
  work_->crew = std::move(crew);
  work_->copies.reserve(count);  // Their addresses are given away.
}

void HostCopies::enqueue(const checked::Driver& driver, raw::CUstream stream, void* to,
                         const void* from, std::size_t bytes) {
  Copy& copy = work_->copies.emplace_back(Copy{to, from, bytes, work_});
  try {
    driver.cuLaunchHostFunc(stream, run, static_cast<void*>(&copy));
  } catch (...) {
    copy.work.reset();
    throw;
  }
}

/** On a thread of the driver, where no call to the driver is allowed. */
void HostCopies::run(void* data) {
  auto* copy = static_cast<Copy*>(data);
  const std::shared_ptr<Work> work = std::move(copy->work);
  const std::lock_guard lock(work->mutex);
  if (!work->cancelled) work->crew->copy(copy->to, copy->from, copy->bytes);
}

void HostCopies::cancel() noexcept {
  const std::lock_guard lock(work_->mutex);
  work_->cancelled = true;
}

}  // namespace batchnorm::owning
