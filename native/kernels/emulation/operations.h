// What common/{memory,barriers,bulk,cluster,flags}.cuh do with PTX, for the emulator. A shared address is
// (block << 20) + offset, so one kind of address serves the block and its cluster.
#pragma once

#include "cuda.h"

namespace emulation {
uint8_t* sharedPointer(uint32_t address);
uint32_t sharedOf(const void* pointer);
void barrierInit(uint32_t barrier, uint32_t arrivals);
void barrierArrive(uint32_t barrier, uint32_t arrivals, int64_t expectedBytes);
bool barrierPassed(uint32_t barrier, uint32_t parity);
// Later: bytes land at the target, and the barrier hears of them.
void deliver(uint32_t target, const void* source, uint32_t bytes, uint32_t barrier, bool copyNow);
uint32_t clusterRank();
uint32_t clusterSize();
void clusterArrive();
void clusterWait();
void progress();
} // namespace emulation

namespace bn {

inline uint4 load16(const void* address) {
  if (reinterpret_cast<uint64_t>(address) % 16 != 0) {
    std::printf("misaligned access\n");
    std::abort();
  }
  uint4 bits;
  std::memcpy(&bits, address, 16);
  return bits;
}
inline uint4 loadStreaming(const void* address) { return load16(address); }
inline uint4 loadPlain(const void* address) { return load16(address); }
inline void storePlain(void* address, const uint4& bits) {
  load16(address);
  std::memcpy(address, &bits, 16);
}
inline void storeStreaming(void* address, const uint4& bits) { storePlain(address, bits); }
inline uint4 loadShared(uint32_t address) { return load16(emulation::sharedPointer(address)); }
inline void storeShared(uint32_t address, const uint4& bits) { storePlain(emulation::sharedPointer(address), bits); }
inline uint32_t sharedAddress(const void* pointer) { return emulation::sharedOf(pointer); }

struct Watchdog {
  void look() { emulation::yield(); }
};
inline void barrierInit(uint32_t barrier, uint32_t arrivals) { emulation::barrierInit(barrier, arrivals); }
inline void barrierInitFence() {}
inline void barrierArrive(uint32_t barrier) { emulation::barrierArrive(barrier, 1, 0); }
inline void barrierArrive(uint32_t barrier, uint32_t count) { emulation::barrierArrive(barrier, count, 0); }
inline void barrierArriveExpecting(uint32_t barrier, uint32_t bytes) { emulation::barrierArrive(barrier, 1, bytes); }
inline void barrierExpect(uint32_t barrier, uint32_t bytes) { emulation::barrierArrive(barrier, 0, bytes); }
inline bool barrierTry(uint32_t barrier, uint32_t parity) { return emulation::barrierPassed(barrier, parity); }
inline bool barrierTest(uint32_t barrier, uint32_t parity) { return emulation::barrierPassed(barrier, parity); }
inline void barrierWait(uint32_t barrier, uint32_t parity) {
  while (!emulation::barrierPassed(barrier, parity)) {
    emulation::yield();
  }
}
inline void barrierWaitCluster(uint32_t barrier, uint32_t parity) { barrierWait(barrier, parity); }

inline uint64_t policyEvictFirst() { return 0; }
inline uint64_t policyEvictLast() { return 0; }
inline void bulkLoad(uint32_t shared, const void* global, uint32_t bytes, uint32_t barrier) {
  if (shared % 16 != 0 || reinterpret_cast<uint64_t>(global) % 16 != 0 || bytes % 16 != 0 || bytes == 0) {
    std::printf("bad bulk copy\n");
    std::abort();
  }
  emulation::deliver(shared, global, bytes, barrier, false);
}
inline void bulkLoad(uint32_t shared, const void* global, uint32_t bytes, uint32_t barrier, uint64_t) {
  bulkLoad(shared, global, bytes, barrier);
}
inline void fenceForCopyEngine() {}

inline uint32_t clusterRank() { return emulation::clusterRank(); }
inline uint32_t clusterSize() { return emulation::clusterSize(); }
inline void clusterArrive() { emulation::clusterArrive(); }
inline void clusterWait() { emulation::clusterWait(); }
inline uint32_t remoteAddress(uint32_t shared, uint32_t rank) {
  const uint32_t block = shared >> 20;
  const uint32_t first = block / emulation::clusterSize() * emulation::clusterSize();
  return ((first + rank) << 20) + (shared & 0xfffffu);
}
inline void remoteStore(uint32_t remote, const float4& value, uint32_t barrier) {
  emulation::deliver(remote, &value, 16, barrier, true);
}

inline void storeTogether(void* address, const float4& value) {
  std::memcpy(address, &value, 16);
  emulation::progress();
}
inline float4 loadTogether(const void* address) {
  float4 value;
  std::memcpy(&value, address, 16);
  return value;
}
struct FlagHead {
  uint32_t epoch;
  uint32_t finished;
  uint32_t reserved[2];
};
inline void finishEpoch(FlagHead* head, uint32_t blocks, uint32_t step) {
  if (atomicAdd(&head->finished, 1u) == blocks - 1) {
    head->finished = 0;
    head->epoch += step;
  }
}

} // namespace bn
