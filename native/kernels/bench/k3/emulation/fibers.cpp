// The threads of a block as fibers.
#include "fibers.h"

#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "cuda.h"

emulation::Index threadIdx, blockIdx;

namespace emulation {
namespace {

constexpr size_t STACK = 512 << 10;

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  int waitsAt = -1; // kind of barrier, or −1
  bool done = false;
  double offered = 0;
};

std::vector<Fiber> fibers;
ucontext_t scheduler;
uint32_t current;
const std::function<void()>* body;
std::mt19937 random_(7);

void entry() {
  (*body)();
  fibers[current].done = true;
  swapcontext(&fibers[current].context, &scheduler);
}

void fail(const char* what) {
  std::printf("EMULATION: %s in block %u,%u\n", what, blockIdx.x, blockIdx.y);
  std::fflush(stdout);
  std::abort();
}

void start(Fiber& fiber) {
  if (!fiber.stack) fiber.stack = std::make_unique<char[]>(STACK);
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = STACK;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, entry, 0);
  fiber.waitsAt = -1;
  fiber.done = false;
}

/** Runs every fiber up to its next barrier; true if all are done. */
bool step(std::vector<uint32_t>& order) {
  std::shuffle(order.begin(), order.end(), random_);
  uint32_t done = 0;
  int kind = -1;
  for (uint32_t number : order) {
    Fiber& fiber = fibers[number];
    if (fiber.done) fail("a thread left before a barrier of the others");
    fiber.waitsAt = -1;
    current = number;
    threadIdx = Index{number, 0, 0};
    swapcontext(&scheduler, &fiber.context);
    if (fiber.done) done++;
    else if (kind == -1) kind = fiber.waitsAt;
    else if (kind != fiber.waitsAt) fail("threads wait at different barriers");
  }
  if (done != 0 && done != order.size()) fail("some threads wait at a barrier, others are done");
  return done != 0;
}

} // namespace

void barrier(int kind) {
  fibers[current].waitsAt = kind;
  const uint32_t mine = current;
  swapcontext(&fibers[mine].context, &scheduler);
}

double exchange(double value, int distance) {
  fibers[current].offered = value;
  barrier(1);
  const uint32_t mine = threadIdx.x;
  const uint32_t other = mine % 32 + distance < 32 ? mine + distance : mine;
  const double taken = fibers[other].offered;
  barrier(2);
  return taken;
}

void runGrid(uint32_t blocksX, uint32_t blocksY, uint32_t threads, const std::function<void()>& work) {
  fibers.resize(threads);
  body = &work;
  std::vector<uint32_t> order(threads);
  std::iota(order.begin(), order.end(), 0);
  for (uint64_t block = 0; block < static_cast<uint64_t>(blocksX) * blocksY; block++) {
    blockIdx = Index{static_cast<uint32_t>(block % blocksX), static_cast<uint32_t>(block / blocksX), 0};
    for (Fiber& fiber : fibers) start(fiber);
    while (!step(order)) {
    }
  }
}

} // namespace emulation
