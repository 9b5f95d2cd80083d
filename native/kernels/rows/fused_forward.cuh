// Forward training that reads x once: a group of blocks keeps a tile (some channels of all rows) on chip,
// agrees on its mean and variance, and normalises what it kept. What does not fit is read a second time.
#pragma once

#include <cmath>
#include <cstdint>

#include "channel_results.cuh"
#include "thread_sums.cuh"
#include "tile_reduction.cuh"

namespace bn {

// y = (x − mean) · invStd · scale + bias as fma(x − high, slope, offset): the low word of the mean is in
// the offset.
template <int E> struct ForwardCoefficients {
  float high[E];
  float slope[E];
  float offset[E];
};

// NaN passes, −0 becomes 0.
__device__ __forceinline__ float maximum(float value, float lowest) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(value), "f"(lowest));
  return result;
}

// `Full`: z may be added and y blended; without, less code.
template <typename T, bool Full> class FusedForward {
public:
  static constexpr int E = elementsPerGranule<T>;

  __device__ __forceinline__ FusedForward(const BnRowsForward& p, const Place& place, TileScratch& scratch)
      : p_(p), place_(place), scratch_(scratch),
        lowest_((p.flags & BN_ROWS_RELU) != 0 ? 0.0f : -INFINITY) {}

  __device__ __forceinline__ void enterTile(uint32_t tile) {
    valid_ = place_.rowsOf(p_.shape, tile, p_.rowBytes);
    offset_ = place_.offset(p_.shape, tile, p_.rowBytes);
    channel_ = ((tile << p_.shape.tileShift) + place_.column) * E;
    firstChannel_ = (tile << p_.shape.tileShift) * E;
    origin_ = valid_ > 0 ? loadStreaming(pointer<char>(p_.x) + channel_ * sizeof(T)) : make_uint4(0, 0, 0, 0);
    moments_ = ThreadMoments<E>();
  }

  __device__ __forceinline__ void see(uint32_t item, const uint4& bits) {
    float values[E];
    unpack<T>(bits, values);
    if (item % momentBlock == 0) {
      if (item > 0) {
        endBlock();
      }
      moments_.start(values);
    }
    if (item < valid_) {
      moments_.add(values);
    }
  }

  // Joins everybody's sums, writes what is written once a channel, and gets this thread's coefficients.
  __device__ __forceinline__ void agree(uint32_t round) {
    endBlock();
    if (valid_ == 0) {
      moments_.forget();
    }
    const uint32_t channel = firstChannel_ + threadIdx.x;
    const bool finishes = threadIdx.x < (E << p_.shape.tileShift) && channel < p_.channels;
    Finish with = {};
    if (finishes) { // asked for before the exchange, needed after it
      with.origin = pointer<T>(p_.x)[channel];
      with.scale = pointer<float>(p_.scale)[channel];
      with.bias = pointer<float>(p_.bias)[channel];
      if (place_.member == 0) {
        with.old = readRunning(p_, channel);
      }
    }
    const Part sums = joinTile<MomentsJoiner, E>(scratch_, p_.exchange, p_.shape, place_, round, moments_.count,
                                                 moments_.mean, moments_.m2);
    if (finishes) {
      finishChannel(channel, sums, with);
    }
    __syncthreads();
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const uint32_t index = place_.column * E + e;
      coefficients_.high[e] = scratch_.coefficients[index];
      coefficients_.slope[e] = scratch_.coefficients[tileChannelsMaximum + index];
      coefficients_.offset[e] = scratch_.coefficients[2 * tileChannelsMaximum + index];
    }
  }

  __device__ __forceinline__ uint4 addend(uint32_t item) const {
    if (Full && p_.z != 0 && item < valid_) {
      return loadStreaming(pointer<char>(p_.z) + offset_ + item * place_.step);
    }
    return make_uint4(0, 0, 0, 0);
  }

  __device__ __forceinline__ void write(uint32_t item, const uint4& bits, const uint4& addend) {
    if (item >= valid_) {
      return;
    }
    float values[E];
    unpack<T>(bits, values);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      values[e] = fmaf(values[e] - coefficients_.high[e], coefficients_.slope[e], coefficients_.offset[e]);
    }
    char* target = pointer<char>(p_.y) + offset_ + item * place_.step;
    if (Full && p_.z != 0) {
      float other[E];
      unpack<T>(addend, other);
#pragma unroll
      for (int e = 0; e < E; ++e) {
        values[e] += other[e];
      }
    }
#pragma unroll
    for (int e = 0; e < E; ++e) {
      values[e] = maximum(values[e], lowest_);
    }
    if (Full) {
      blend(target, values);
    }
    storeStreaming(target, pack<T>(values));
  }

private:
  __device__ __forceinline__ void endBlock() {
    float origin[E];
    unpack<T>(origin_, origin);
    moments_.endBlock(origin);
  }

  struct Finish {
    T origin;
    float scale;
    float bias;
    OldRunning old;
  };

  __device__ __forceinline__ void finishChannel(uint32_t channel, const Part& sums, const Finish& with) {
    const double mean = static_cast<double>(widen(with.origin)) + sums.high + sums.low;
    const double variance = sums.m2 * p_.inverseRows;
    const TwoWords words = splitWords(mean);
    const float inverse = inverseDeviation(static_cast<float>(variance), p_.epsilon), slope = inverse * with.scale;
    scratch_.coefficients[threadIdx.x] = words.hi;
    scratch_.coefficients[tileChannelsMaximum + threadIdx.x] = slope;
    scratch_.coefficients[2 * tileChannelsMaximum + threadIdx.x] = fmaf(-words.lo, slope, with.bias);
    if (place_.member == 0) {
      writeStatistics(p_, channel, mean, variance, words, inverse, with.old);
    }
  }

  __device__ __forceinline__ void blend(const char* target, float (&values)[E]) const {
    if (p_.alpha == 1.0f && p_.beta == 0.0f) {
      return;
    }
    float old[E];
    unpack<T>(p_.beta != 0.0f ? loadPlain(target) : make_uint4(0, 0, 0, 0), old);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      values[e] = fmaf(p_.beta, old[e], p_.alpha * values[e]);
    }
  }

  const BnRowsForward& p_;
  const Place& place_;
  TileScratch& scratch_;
  const float lowest_; // 0 with ReLU, −∞ without
  uint32_t valid_;
  uint32_t channel_;
  uint32_t firstChannel_;
  int64_t offset_;
  uint4 origin_;
  ThreadMoments<E> moments_;
  ForwardCoefficients<E> coefficients_;
};

// `Kept`: vectors a thread may hold in registers between the passes.
template <typename T, int Kept, bool Full> __device__ __forceinline__ void fusedForward(const BnRowsForward& p) {
  extern __shared__ uint4 dynamicShared[];
  const BnRowsShape& shape = p.shape;
  const uint32_t afterStreamed = shape.inRegisters + shape.streamed;
  TileScratch& scratch = *reinterpret_cast<TileScratch*>(dynamicShared + Ring<1>::slots * ringThreads);
  const Place place(shape, p.rowBytes);
  const char* const sources[1] = {pointer<char>(p.x)};
  Ring<1> ring(shape, place, p.rowBytes, sources, sharedAddress(dynamicShared));
  readEpoch(p.exchange, &scratch.firstTag, shape.rounds + 1);
  FusedForward<T, Full> work(p, place, scratch);
  uint4 held[Kept];
  uint32_t slot = ring.start();

  for (uint32_t tile = place.group, round = 0; tile < shape.tiles; tile += shape.groups, ++round) {
    work.enterTile(tile);
    const uint32_t firstSlot = slot;
    forConstants<Kept>([&](auto index) {
      constexpr int item = decltype(index)::value;
      if (item < shape.inRegisters) {
        ring.template wait<item>();
        held[item] = readShared(slot);
        slot = ring.next(slot);
        work.see(item, held[item]);
      }
    });
    ring.refill(firstSlot, shape.inRegisters);
#pragma unroll 1
    for (uint32_t item = shape.inRegisters; item < afterStreamed; ++item) {
      ring.template wait<0>();
      const uint4 bits = readShared(slot);
      ring.refill(slot);
      slot = ring.next(slot);
      work.see(item, bits);
    }
    const uint32_t keptSlot = slot;
#pragma unroll 1
    for (uint32_t item = afterStreamed; item < shape.items; item += 2) {
      ring.waitHolding(item + 1 - afterStreamed);
      work.see(item, readShared(slot));
      slot = ring.next(slot);
      if (item + 1 < shape.items) {
        work.see(item + 1, readShared(slot));
        slot = ring.next(slot);
      }
    }

    work.agree(round);

    slot = keptSlot;
    constexpr int batch = Full ? 4 : 2, again = Full ? 4 : 1; // z is not in the ring: ask for several at once
#pragma unroll 1
    for (uint32_t item = afterStreamed; item < shape.items; item += batch) {
      uint4 addends[batch];
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        addends[i] = work.addend(item + i);
      }
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        if (item + i < shape.items) {
          const uint4 bits = readShared(slot);
          ring.refill(slot);
          slot = ring.next(slot);
          work.write(item + i, bits, addends[i]);
        }
      }
    }
#pragma unroll
    for (int item = 0; item < Kept; ++item) {
      if (item < shape.inRegisters) {
        work.write(item, held[item], work.addend(item));
      }
    }
#pragma unroll 1
    for (uint32_t end = afterStreamed; end > shape.inRegisters; end -= min(end - shape.inRegisters, uint32_t{again})) {
      uint4 addends[again];
#pragma unroll
      for (int i = 0; i < again; ++i) {
        addends[i] = end - shape.inRegisters > i ? work.addend(end - 1 - i) : make_uint4(0, 0, 0, 0);
      }
#pragma unroll
      for (int i = 0; i < again; ++i) {
        if (end - shape.inRegisters > i) {
          ring.template wait<0>();
          const uint4 bits = readShared(slot);
          ring.refill(slot);
          slot = ring.next(slot);
          work.write(end - 1 - i, bits, addends[i]);
        }
      }
    }
  }
}

} // namespace bn
