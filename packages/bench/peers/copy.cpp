// A plain copy of one tensor into another with memcpy, each thread its share: what memory allows.
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "protocol.hpp"

namespace {

constexpr std::size_t kAlignment = 4096;

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, Free>;

Memory allocate(std::size_t bytes) {
  const auto rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  Memory memory(static_cast<char*>(std::aligned_alloc(kAlignment, rounded)));
  if (!memory) throw std::runtime_error("out of memory");
  // Touched now, so that no page is mapped while the clock runs.
  std::memset(memory.get(), 1, rounded);
  return memory;
}

class Copy {
 public:
  Copy(std::size_t bytes, int threads)
      : bytes_(bytes), threads_(threads), from_(allocate(bytes)), to_(allocate(bytes)) {}

  // Threads live for one sample and spin between its calls: a call costs a hand-over, not a wake-up.
  long time(const Message& message) {
    std::atomic<long> started{0};
    std::atomic<long> finished{0};
    std::vector<std::thread> helpers;
    for (int part = 1; part < threads_; part++) {
      helpers.emplace_back([&, part] {
        for (long call = 1;; call++) {
          long now = 0;
          while ((now = started.load(std::memory_order_acquire)) != kStop && now < call) {}
          if (now == kStop) return;
          copyPart(part);
          finished.fetch_add(1, std::memory_order_release);
        }
      });
    }
    long calls = 0;
    const auto nanoseconds = timeCalls(message, [&] {
      started.store(++calls, std::memory_order_release);
      copyPart(0);
      while (finished.load(std::memory_order_acquire) < calls * (threads_ - 1)) {}
    });
    started.store(kStop, std::memory_order_release);
    for (auto& helper : helpers) helper.join();
    return nanoseconds;
  }

 private:
  static constexpr long kStop = -1;

  void copyPart(int part) {
    const auto begin = bytes_ * part / threads_ / 64 * 64;
    const auto end = part + 1 == threads_ ? bytes_ : bytes_ * (part + 1) / threads_ / 64 * 64;
    std::memcpy(to_.get() + begin, from_.get() + begin, end - begin);
  }

  std::size_t bytes_;
  int threads_;
  Memory from_;
  Memory to_;
};

std::size_t bytesOf(const Message& message) {
  const auto type = message.text("dataType");
  std::size_t bytes = type == "float64" ? 8 : type == "float32" ? 4 : 2;
  for (const auto dim : message.numbers("dims")) bytes *= static_cast<std::size_t>(dim);
  return bytes;
}

}  // namespace

int main(int, char** arguments) {
  const int threads = std::atoi(arguments[1]);
  std::unique_ptr<Copy> copy;
  serve([&](const Message& message) -> std::string {
    const auto what = message.text("do");
    if (what == "describe")
      return "{\"version\":\"C++\",\"threads\":" + std::to_string(threads) +
             ",\"note\":\"memcpy of libc, each thread its share\"}";
    if (what == "load") {
      copy = std::make_unique<Copy>(bytesOf(message), threads);
      return "{\"operations\":[\"copy\"],\"missing\":\"\"}";
    }
    if (what == "unload") {
      copy.reset();
      return "null";
    }
    if (what == "time" && copy) return std::to_string(copy->time(message));
    throw std::runtime_error("cannot " + what);
  });
}
