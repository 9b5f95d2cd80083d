// Streams: a queue and a thread each, so that asynchrony and waits are real.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "context.h"

namespace standin {

enum class Item {
  /** A copy, fill or kernel: counted, can be ordered to fail, not run in a failed context. */
  work,
  /** A word written: not in a failed context. */
  signal,
  /** Runs whatever has failed before. */
  always
};

/** Returns 0, or the status with which the context fails. */
using Action = std::function<int()>;

class Stream {
 public:
  explicit Stream(std::shared_ptr<Context> context);
  /** Finishes what is queued. */
  ~Stream();

  void enqueue(Item item, Action action);
  /** Waits for what is queued now. */
  void synchronize();

  const std::shared_ptr<Context> context;

 private:
  void run();
  void execute(Item item, const Action& action);

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<Item, Action>> queue;
  std::int64_t submitted = 0, done = 0;
  bool closing = false;
  std::thread worker;
};

/** The live stream, of the current context; null and a misuse otherwise. */
std::shared_ptr<Stream> streamOf(CUstream handle, const char* call);

/** Enqueues a kernel of the cuDNN stand-in. */
STANDIN_SHARED CUresult launch(CUstream stream, const char* call, std::function<void()> kernel);

/** Waits for a stream of the cuDNN stand-in's caller. */
STANDIN_SHARED CUresult waitFor(CUstream stream, const char* call);

/** Waits for every stream of a context. Measured: the driver holds up the calls of all threads
 * while it does so. */
void waitForDevice(const Context& context);

}  // namespace standin
