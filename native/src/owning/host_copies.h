// The host's part of a large transfer: copies that a thread of the driver runs as its stream comes
// to them.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "../checked/driver.h"
#include "copy_crew.h"

namespace batchnorm::owning {

/**
 * The host copies of one transfer. They may be cancelled, after which none touches the host's
 * memory any more; each still runs in its turn and does nothing. What a copy is, lives until it has
 * run, whoever lets go of this before. A driver whose context broke never runs them: then that
 * little is never freed.
 */
class HostCopies {
 public:
  /** @param count How many will be enqueued at most. @param crew Makes them. */
  HostCopies(std::size_t count, std::shared_ptr<CopyCrew> crew);
  HostCopies(const HostCopies&) = delete;
  HostCopies& operator=(const HostCopies&) = delete;
  ~HostCopies() { cancel(); }

  void enqueue(const checked::Driver& driver, raw::CUstream stream, void* to, const void* from,
               std::size_t bytes);
  /** Waits for a copy that is being made. */
  void cancel() noexcept;

 private:
  struct Work;
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
    /** Let go once it has run. */
    std::shared_ptr<Work> work;
  };
  struct Work {
    std::shared_ptr<CopyCrew> crew;
    std::mutex mutex;
    bool cancelled = false;
    std::vector<Copy> copies;
  };
  static void run(void* copy);

  std::shared_ptr<Work> work_;
};

}  // namespace batchnorm::owning
