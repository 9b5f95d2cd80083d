// A ring of 16-byte vectors in shared memory that belongs to one thread alone: the thread asks for its
// own vectors (cp.async), waits for them and frees them, so blocks need no barrier to stream data.
// Vector `part` of slot s of thread t lies at ((s * Parts + part) * threads + t) * 16: no bank conflicts.
#pragma once

#include <cstdint>

#include "../common/bulk.cuh"
#include "../common/memory.cuh"
#include "rows_params.h"

namespace bn {

constexpr uint32_t ringThreads = 512;
constexpr uint32_t ringMaximum = 26; // vectors a thread that fit in shared memory beside the scratch space

__device__ __forceinline__ void copyAsync(uint32_t shared, const void* global, uint64_t policy) {
  asm volatile("cp.async.cg.shared.global.L2::cache_hint [%0], [%1], 16, %2;" ::"r"(shared), "l"(global), "l"(policy)
               : "memory");
}

__device__ __forceinline__ void copyCommit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int Pending> __device__ __forceinline__ void copyWait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

// Waits until at most `pending` (the same in the whole block) of this thread's copies are under way. The
// instruction takes constants only: `Full`, where a stream spends its time, is exact, others round down.
template <int Full> __device__ __forceinline__ void copyWaitUntil(uint32_t pending) {
  if (pending >= Full) {
    copyWait<Full>();
  } else if (pending >= 16) {
    copyWait<16>();
  } else if (pending >= 8) {
    if (pending >= 12) {
      copyWait<12>();
    } else {
      copyWait<8>();
    }
  } else if (pending >= 4) {
    copyWait<4>();
  } else if (pending >= 2) {
    copyWait<2>();
  } else {
    copyWait<0>();
  }
}

__device__ __forceinline__ uint4 readShared(uint32_t address) {
  uint4 bits;
  asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(bits.x), "=r"(bits.y), "=r"(bits.z), "=r"(bits.w)
               : "r"(address)
               : "memory");
  return bits;
}

__device__ __forceinline__ void writeShared(uint32_t address, const uint4& bits) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(bits.x), "r"(bits.y), "r"(bits.z),
               "r"(bits.w)
               : "memory");
}

// Calls work(Constant<0>()), work(Constant<1>()), …: for what wants its index at compile time.
template <int Value> struct Constant { static constexpr int value = Value; };

template <int Count, int First = 0, typename Work> __device__ __forceinline__ void forConstants(const Work& work) {
  if constexpr (First < Count) {
    work(Constant<First>{});
    forConstants<Count, First + 1>(work);
  }
}

// Which vectors of which tiles a thread has, and which rows the members of its group.
struct Place {
  uint32_t column; // vector within the tile
  uint32_t lane;   // row within a step
  uint32_t lanes;  // rows of a step
  uint32_t member; // of the group
  uint32_t group;  // first tile
  int64_t step;    // bytes from one of its rows to the next

  __device__ __forceinline__ Place(const BnRowsShape& shape, int64_t rowBytes)
      : column(threadIdx.x & ((1u << shape.tileShift) - 1)), lane(threadIdx.x >> shape.tileShift),
        lanes(ringThreads >> shape.tileShift), member(blockIdx.x), group(blockIdx.y),
        step(static_cast<int64_t>(lanes) * shape.groupSize * rowBytes) {}

  // Byte offset of this thread's first vector of a tile.
  __device__ __forceinline__ int64_t offset(const BnRowsShape& shape, uint32_t tile, int64_t rowBytes) const {
    return static_cast<int64_t>(member * lanes + lane) * rowBytes + (((tile << shape.tileShift) + column) << 4);
  }

  // Its rows of a tile: none where the last tile is wider than what is left.
  __device__ __forceinline__ uint32_t rowsOf(const BnRowsShape& shape, uint32_t tile, int64_t rowBytes) const {
    const bool here = ((tile << shape.tileShift) + column) << 4 < rowBytes;
    return here ? rowsOfLanes(shape, member, lane, 1) : 0;
  }

  // Rows of some lanes of a member.
  __device__ __forceinline__ uint32_t rowsOfLanes(const BnRowsShape& shape, uint32_t of, uint32_t firstLane,
                                                  uint32_t count) const {
    const uint32_t rest =
        of == shape.stepsMore && shape.restRows > firstLane ? min(shape.restRows - firstLane, count) : 0;
    return count * (shape.stepsEach + (of < shape.stepsMore ? 1 : 0)) + rest;
  }
};

// Groups that read, agree and write in step leave memory idle while all agree: some start later.
__device__ __forceinline__ void startLater(uint32_t nanoseconds) {
  if (nanoseconds > 0) {
    uint64_t now, start;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
    do {
      __nanosleep(100);
      asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    } while (now - start < nanoseconds);
  }
}

// The order of loads of a tile: first all items (those kept in registers, those read twice, those kept in
// shared memory), then the ones read twice again, last first: they are the likeliest to be in L2 still.
// All slots are always taken or being filled: who frees a slot asks for the next vector into it, and loads
// run ahead over the ends of tiles. Every load is a group of its own, also when nothing is left to load, so
// the number of groups under way is known at every place in the code.
template <int Parts> class Ring {
public:
  static constexpr int slots = ringMaximum / Parts;
  static constexpr uint32_t slotBytes = Parts * ringThreads * 16;

  __device__ __forceinline__ Ring(const BnRowsShape& shape, const Place& place, int64_t rowBytes,
                                  const char* const (&sources)[Parts], uint32_t shared)
      : shape_(shape), place_(place), rowBytes_(rowBytes), start_(shared + threadIdx.x * 16),
        end_(start_ + slots * slotBytes), tile_(place.group), leaveEarly_(policyEvictFirst()),
        stayLong_(policyEvictLast()) {
#pragma unroll
    for (int part = 0; part < Parts; ++part) {
      sources_[part] = sources[part];
    }
    enterTile();
    startLater(place.group * shape.stagger);
    refill(start_, slots);
  }

  __device__ __forceinline__ uint32_t start() const { return start_; }
  __device__ __forceinline__ uint32_t next(uint32_t slot) const {
    slot += slotBytes;
    return slot == end_ ? start_ : slot;
  }

  // The slot's vector has been used: the next one comes here.
  __device__ __forceinline__ void refill(uint32_t slot) {
    if (item_ < valid_) {
#pragma unroll
      for (int part = 0; part < Parts; ++part) {
        copyAsync(slot + part * ringThreads * 16, sources_[part] + offset_, policy_);
      }
    }
    copyCommit();
    offset_ += step_;
    item_ += direction_;
    if (item_ == last_) {
      turn();
    }
  }

  __device__ __forceinline__ void refill(uint32_t slot, uint32_t count) {
#pragma unroll 1
    for (; count > 0; --count) {
      refill(slot);
      slot = next(slot);
    }
  }

  // Waits for the oldest vector, when `Held` younger slots were used but not refilled.
  template <int Held> __device__ __forceinline__ void wait() const { copyWait<(slots - 1 > Held ? slots - 1 - Held : 0)>(); }
  __device__ __forceinline__ void waitHolding(uint32_t held) const { copyWaitUntil<slots - 1>(slots - 1 - held); }

private:
  // At the end of a stretch of items: on to those that should stay in L2, past them, back over the streamed
  // ones, or to the next tile.
  __device__ __forceinline__ void turn() {
    const uint32_t afterStreamed = shape_.inRegisters + shape_.streamed;
    if (direction_ > 0 && item_ < shape_.items) {
      const bool hot = item_ < afterStreamed;
      policy_ = hot ? stayLong_ : leaveEarly_;
      last_ = hot ? afterStreamed : shape_.items;
    } else if (direction_ > 0 && shape_.streamed > 0) {
      direction_ = -1;
      item_ = afterStreamed - 1;
      last_ = shape_.inRegisters - 1;
      policy_ = leaveEarly_;
      step_ = -place_.step;
      offset_ = place_.offset(shape_, tile_, rowBytes_) + item_ * place_.step;
    } else {
      tile_ += shape_.groups;
      enterTile();
    }
  }

  __device__ __forceinline__ void enterTile() {
    const bool more = tile_ < shape_.tiles;
    const uint32_t cold = shape_.inRegisters + shape_.streamed - shape_.hot;
    valid_ = more ? place_.rowsOf(shape_, tile_, rowBytes_) : 0;
    offset_ = place_.offset(shape_, tile_, rowBytes_);
    step_ = place_.step;
    item_ = 0;
    direction_ = 1;
    policy_ = shape_.hot > 0 && cold == 0 ? stayLong_ : leaveEarly_;
    last_ = shape_.hot == 0 ? shape_.items : cold > 0 ? cold : shape_.streamed;
    last_ = more ? last_ : 0xffffffffu;
  }

  const BnRowsShape& shape_;
  const Place& place_;
  const int64_t rowBytes_;
  const char* sources_[Parts];
  const uint32_t start_;
  const uint32_t end_;
  uint32_t tile_; // of the next load
  uint32_t item_; // of the next load
  uint32_t last_; // item at which to turn
  int32_t direction_;
  uint32_t valid_; // items of this thread that exist
  int64_t offset_;
  int64_t step_;
  uint64_t policy_;
  const uint64_t leaveEarly_;
  const uint64_t stayLong_;
};

} // namespace bn
