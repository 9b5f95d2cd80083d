// What a test has ordered: failures and settings, as words in the control page (or, without one, in
// the environment variable BATCHNORM_STANDIN). They are read again when the page's generation
// changes.
//   fail:cuStreamCreate:2=1   the second call from now on returns status 1
//   work:5=700                the fifth copy, fill or kernel from now on fails, and its context for
//   good slow=300                  microseconds that a stream waits before each item of its queue
//   synchronous=1             enqueuing waits for the stream
//   memoryOperations=0        streams cannot wait for words in memory
//   devices=2 pools=1 memory=4294967296 driver=13000 cudnn=91900 cudnnCuda=13000
//   capability=90             compute capability times 10; 70 is too old for kernels of our own
#pragma once

#include <cstdint>

#include "functions.h"
#include "page.h"

namespace standin {

struct Settings {
  std::int64_t slow = 0, synchronous = 0;
  std::int64_t devices = 2, pools = 1, memoryOperations = 1, memory = std::int64_t{4} << 30;
  std::int64_t driver = 13000, cudnn = 91900, cudnnCuda = 13000;
  /** Kernels of our own compute nothing here: by default the device is too old for them. */
  std::int64_t capability = 70;
};

STANDIN_SHARED Settings settings();

/** Counts a call. The status that it was ordered to fail with, or 0. */
STANDIN_SHARED int enter(Function function);

/** Counts an item of work. The status that it was ordered to fail with, or 0. */
int enterWork();

}  // namespace standin
