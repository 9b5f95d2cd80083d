// The emulated device: fibers, meetings, barriers, and a copy engine that takes its time.
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include <sys/mman.h>

#include "device.h"
#include "operations.h"

// Saves the registers that a call keeps, switches stacks, and returns on the other one.
extern "C" void switchStacks(void** from, void* to);
asm(R"(
.text
.globl switchStacks
switchStacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");

namespace emulation {

Thread* now = nullptr;
Index gridSize, blockSize;

namespace {

constexpr size_t stackBytes = 48 * 1024;
constexpr uint32_t sharedBytes = 1u << 20;

struct Meeting {
  uint32_t arrived = 0;
  uint32_t generation = 0;
};

struct Fiber {
  Thread thread{};
  void* stack = nullptr;
  bool done = false;
};

struct Barrier {
  bool made = false;
  uint32_t arrivals = 0;
  uint32_t pending = 0;
  int64_t bytes = 0;
  uint32_t phase = 0;
};

struct Delivery {
  uint32_t target, bytes, barrier;
  const uint8_t* source;
  std::vector<uint8_t> copy;
};

struct Machine {
  std::vector<Fiber> fibers;
  std::vector<Meeting> warps, blocks;
  std::vector<std::vector<uint64_t>> boards;
  std::vector<uint8_t> shared;
  std::vector<std::vector<Barrier>> barriers; // by block, by offset / 8
  std::vector<uint32_t> clusterArrivals;
  std::vector<Delivery> deliveries;
  std::function<void()> kernel;
  uint32_t cluster = 1;
  void* scheduler = nullptr;
  uint64_t moves = 0;
  std::mt19937 random;
};

Machine* machine = nullptr;
std::vector<std::pair<const uint8_t*, const uint8_t*>> readable;
uint8_t* stacks = nullptr;
size_t stackCount = 0;

Fiber& current() { return *reinterpret_cast<Fiber*>(reinterpret_cast<uint8_t*>(now) - offsetof(Fiber, thread)); }

void fiberMain() {
  machine->kernel();
  current().done = true;
  ++machine->moves;
  yield();
  std::abort();
}

void meet(Meeting& meeting, uint32_t count) {
  const uint32_t generation = meeting.generation;
  if (++meeting.arrived == count) {
    meeting.arrived = 0;
    ++meeting.generation;
    ++machine->moves;
    return;
  }
  while (meeting.generation == generation) {
    yield();
  }
}

Barrier& barrierAt(uint32_t address) { return machine->barriers[address >> 20][(address & 0xfffffu) / 8]; }

void settle(Barrier& barrier) {
  if (barrier.pending == 0 && barrier.bytes == 0) {
    ++barrier.phase;
    barrier.pending = barrier.arrivals;
  }
  ++machine->moves;
}

void deliverOne(size_t which) {
  Delivery delivery = std::move(machine->deliveries[which]);
  machine->deliveries[which] = std::move(machine->deliveries.back());
  machine->deliveries.pop_back();
  const uint8_t* source = delivery.copy.empty() ? delivery.source : delivery.copy.data();
  std::memcpy(sharedPointer(delivery.target), source, delivery.bytes);
  Barrier& barrier = barrierAt(delivery.barrier);
  barrier.bytes -= delivery.bytes;
  settle(barrier);
}

} // namespace

uint8_t* blockMemory() { return machine->shared.data() + static_cast<size_t>(now->block.x) * sharedBytes; }
uint64_t* warpBoard() { return machine->boards[now->warp].data(); }
void yield() { switchStacks(&current().stack, machine->scheduler); }
void meetWarp() { meet(machine->warps[now->warp], 32); }
void meetBlock() { meet(machine->blocks[now->block.x], blockSize.x); }
void progress() { ++machine->moves; }

uint8_t* sharedPointer(uint32_t address) { return machine->shared.data() + address; }
uint32_t sharedOf(const void* pointer) {
  return static_cast<uint32_t>(static_cast<const uint8_t*>(pointer) - machine->shared.data());
}

void barrierInit(uint32_t address, uint32_t arrivals) {
  Barrier& barrier = barrierAt(address);
  if (address % 8 != 0 || barrier.made) {
    std::printf("barrier made twice or misaligned\n");
    std::abort();
  }
  barrier = {true, arrivals, arrivals, 0, 0};
}

void barrierArrive(uint32_t address, uint32_t arrivals, int64_t expectedBytes) {
  Barrier& barrier = barrierAt(address);
  if (!barrier.made || arrivals > barrier.pending) {
    std::printf("too many arrivals at a barrier (offset %u, thread %u)\n", address & 0xfffffu, now->thread.x);
    std::abort();
  }
  barrier.bytes += expectedBytes;
  barrier.pending -= arrivals;
  settle(barrier);
}

bool barrierPassed(uint32_t address, uint32_t parity) {
  const Barrier& barrier = barrierAt(address);
  if (!barrier.made) {
    std::printf("wait for a barrier that was not made\n");
    std::abort();
  }
  return (barrier.phase & 1) != parity;
}

void deliver(uint32_t target, const void* source, uint32_t bytes, uint32_t barrier, bool copyNow) {
  Delivery delivery{target, bytes, barrier, static_cast<const uint8_t*>(source), {}};
  if (!copyNow) {
    bool fine = false;
    for (const auto& range : readable) {
      fine = fine || (delivery.source >= range.first && delivery.source + bytes <= range.second);
    }
    if (!fine) {
      std::printf("the copy engine reads outside the tensors\n");
      std::abort();
    }
  }
  if (copyNow) {
    delivery.copy.assign(delivery.source, delivery.source + bytes);
  }
  machine->deliveries.push_back(std::move(delivery));
}

uint32_t clusterRank() { return now->block.x % machine->cluster; }
uint32_t clusterSize() { return machine->cluster; }
void clusterArrive() {
  ++machine->clusterArrivals[now->block.x / machine->cluster];
  ++machine->moves;
}
void clusterWait() {
  while (machine->clusterArrivals[now->block.x / machine->cluster] < machine->cluster * blockSize.x) {
    yield();
  }
}

void allow(const void* begin, const void* end) {
  readable.push_back({static_cast<const uint8_t*>(begin), static_cast<const uint8_t*>(end)});
}

void forget() { readable.clear(); }

bool launch(uint32_t grid, uint32_t threads, uint32_t cluster, uint32_t seed, const std::function<void()>& kernel) {
  Machine m;
  machine = &m;
  m.kernel = kernel;
  m.cluster = cluster;
  m.random.seed(seed);
  gridSize = {grid, 1, 1};
  blockSize = {threads, 1, 1};
  const uint32_t warpsOfBlock = threads / 32;
  m.fibers.resize(static_cast<size_t>(grid) * threads);
  m.warps.resize(static_cast<size_t>(grid) * warpsOfBlock);
  m.boards.assign(m.warps.size(), std::vector<uint64_t>(32));
  m.blocks.resize(grid);
  m.shared.assign(static_cast<size_t>(grid) * sharedBytes, 0xcd);
  m.barriers.assign(grid, std::vector<Barrier>(sharedBytes / 8 / 16)); // barriers lie in the first 64 KiB
  m.clusterArrivals.resize(grid);
  if (stackCount < m.fibers.size()) {
    if (stacks != nullptr) munmap(stacks, stackCount * stackBytes);
    stackCount = m.fibers.size();
    stacks = static_cast<uint8_t*>(mmap(nullptr, stackCount * stackBytes, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  }
  for (size_t i = 0; i < m.fibers.size(); ++i) {
    Fiber& fiber = m.fibers[i];
    const uint32_t block = static_cast<uint32_t>(i / threads), thread = static_cast<uint32_t>(i % threads);
    fiber.thread = {{thread, 0, 0}, {block, 0, 0}, thread % 32, block * warpsOfBlock + thread / 32};
    uint64_t* top = reinterpret_cast<uint64_t*>(stacks + (i + 1) * stackBytes);
    *--top = 0; // keeps the stack aligned as after a call
    *--top = reinterpret_cast<uint64_t>(&fiberMain);
    top -= 6;
    fiber.stack = top;
  }
  // Warps take turns in random order; a round without any move, with nothing to deliver, is a deadlock.
  std::vector<uint32_t> order(m.warps.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  size_t left = m.fibers.size();
  while (left > 0) {
    const uint64_t before = m.moves;
    std::shuffle(order.begin(), order.end(), m.random);
    // Some warps sleep for a round: crews get out of step.
    for (const uint32_t warp : order) {
      if (m.random() % 4 == 0) continue;
      const size_t first = static_cast<size_t>(warp / warpsOfBlock) * threads + warp % warpsOfBlock * 32;
      for (size_t i = first; i < first + 32; ++i) {
        Fiber& fiber = m.fibers[i];
        if (fiber.done) continue;
        now = &fiber.thread;
        switchStacks(&m.scheduler, fiber.stack);
        if (fiber.done) --left;
      }
    }
    size_t due = m.deliveries.size();
    if (due > 0) {
      due = 1 + m.random() % due;
      for (size_t i = 0; i < due; ++i) deliverOne(m.random() % m.deliveries.size());
    }
    static uint32_t idle = 0;
    idle = m.moves == before ? idle + 1 : 0;
    if (idle > 200) {
      idle = 0;
      std::printf("deadlock: %zu threads wait; first ones:", left);
      uint32_t last = 0xffffffffu, shown = 0;
      for (const Fiber& fiber : m.fibers) {
        if (!fiber.done && fiber.thread.warp != last && shown < 40) {
          last = fiber.thread.warp;
          ++shown;
          std::printf(" %u/%u", fiber.thread.block.x, fiber.thread.warp % warpsOfBlock);
        }
      }
      std::printf("\n");
      machine = nullptr;
      return false;
    }
  }
  if (!m.deliveries.empty()) {
    std::printf("%zu copies still under way at the end\n", m.deliveries.size());
    return false;
  }
  machine = nullptr;
  return true;
}

} // namespace emulation
