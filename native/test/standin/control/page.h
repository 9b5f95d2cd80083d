// The control page: memory shared with the tests through a file (named by BATCHNORM_STANDIN_PAGE),
// so that a test can order failures and read counters of this or of another process, even of one
// that has died. control.mjs is the other side of it and knows this layout.
#pragma once

#include <atomic>
#include <cstdint>

#define STANDIN_SHARED __attribute__((visibility("default")))

namespace standin {

struct Row {
  char name[72];
  std::atomic<std::int64_t> value;
};

struct Page {
  /** Raised by the test after it wrote `orders`. */
  std::atomic<std::int64_t> generation;
  char orders[4088];
  char lastMisuse[512];
  Row rows[248];
};
static_assert(sizeof(Row) == 80);
static_assert(sizeof(Page) == 4096 + 512 + 248 * 80);

enum class Count : int {
  contexts,
  streams,
  events,
  memory,
  memoryBytes,
  pinned,
  pools,
  handles,
  tensorDescriptors,
  activationDescriptors,
  modules,
  /** Found in modules; they go with them. */
  functions,
  /** Uses that the real libraries would answer with undefined behaviour: each is a bug of the
     addon. */
  misuse,
  /** Asynchronous copies of host memory that is not pinned: they would block. */
  pageable,
  /** Ex calls without the workspace that would have made them fast: cuDNN takes them, many times
     slower. */
  withoutWorkspace,
  /** Copies, fills and kernels that streams have begun. */
  work,
  count
};

/** The page of this process; made on first use. */
STANDIN_SHARED Page& page();

/** A counter of what is alive or has happened. */
STANDIN_SHARED std::atomic<std::int64_t>& counter(Count count);

/** Counts and prints a misuse. */
STANDIN_SHARED __attribute__((format(printf, 1, 2))) void misuse(const char* format, ...);

}  // namespace standin
