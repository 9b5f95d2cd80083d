// Backward that reads x and dy once: a group of blocks keeps both parts of a tile on chip, agrees on Σ g and
// Σ g·x̂ (g: dy where the activation let it pass), and writes dx from what it kept.
#pragma once

#include <cstdint>

#include "channel_results.cuh"
#include "thread_sums.cuh"
#include "tile_reduction.cuh"

namespace bn {

// dx = slope · g + tilt · (x − high) + offset
template <int E> struct BackwardCoefficients {
  float slope[E];
  float tilt[E];
  float offset[E];
};

template <typename T, bool Masked, bool Blend> class FusedBackward {
public:
  static constexpr int E = elementsPerGranule<T>;

  __device__ __forceinline__ FusedBackward(const BnRowsBackward& p, const Place& place, TileScratch& scratch)
      : p_(p), place_(place), scratch_(scratch) {}

  __device__ __forceinline__ void enterTile(uint32_t tile) {
    valid_ = place_.rowsOf(p_.shape, tile, p_.rowBytes);
    offset_ = place_.offset(p_.shape, tile, p_.rowBytes);
    firstChannel_ = (tile << p_.shape.tileShift) * E;
    const uint32_t channel = firstChannel_ + place_.column * E;
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const bool here = channel + e < p_.channels;
      const float low = here && p_.savedMeanLow != 0 ? pointer<float>(p_.savedMeanLow)[channel + e] : 0.0f;
      normal_[e].high = here ? pointer<float>(p_.savedMean)[channel + e] : 0.0f;
      normal_[e].inverse = here ? pointer<float>(p_.savedInverse)[channel + e] : 0.0f;
      normal_[e].offset = -low * normal_[e].inverse;
    }
    gradients_ = ThreadGradients<E>();
  }

  // dy where y says that the activation let it pass; a NaN in y passes.
  __device__ __forceinline__ uint4 mask(const uint4& dyBits, const uint4& yBits) const {
    float y[E], dy[E];
    unpack<T>(yBits, y);
    unpack<T>(dyBits, dy);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      dy[e] = y[e] <= 0.0f ? 0.0f : dy[e];
    }
    return pack<T>(dy); // exact: dy had this type
  }

  __device__ __forceinline__ void see(uint32_t item, const uint4& xBits, const uint4& gBits) {
    if (item < valid_) {
      float x[E], g[E];
      unpack<T>(xBits, x);
      unpack<T>(gBits, g);
      gradients_.add(g, x, normal_);
      if (Masked && p_.dz != 0) {
        storeStreaming(pointer<char>(p_.dz) + offset_ + item * place_.step, gBits);
      }
    }
    if (item % gradientBlock == gradientBlock - 1) {
      gradients_.endBlock();
    }
  }

  __device__ __forceinline__ void agree(uint32_t round) {
    gradients_.endBlock();
    const uint32_t channel = firstChannel_ + threadIdx.x;
    const bool finishes = threadIdx.x < (E << p_.shape.tileShift) && channel < p_.channels;
    Finish with = {};
    if (finishes) { // asked for before the exchange, needed after it
      with.scale = pointer<float>(p_.scale)[channel];
      with.inverse = pointer<float>(p_.savedInverse)[channel];
      with.high = pointer<float>(p_.savedMean)[channel];
      with.low = p_.savedMeanLow != 0 ? pointer<float>(p_.savedMeanLow)[channel] : 0.0f;
    }
    const Part sums = joinTile<SumsJoiner, E>(scratch_, p_.exchange, p_.shape, place_, round, 0.0f,
                                              gradients_.bias, gradients_.scale);
    if (finishes) {
      finishChannel(channel, sums.high, sums.m2, with);
    }
    __syncthreads();
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const uint32_t index = place_.column * E + e;
      coefficients_.slope[e] = scratch_.coefficients[index];
      coefficients_.tilt[e] = scratch_.coefficients[tileChannelsMaximum + index];
      coefficients_.offset[e] = scratch_.coefficients[2 * tileChannelsMaximum + index];
      normal_[e].high = scratch_.coefficients[3 * tileChannelsMaximum + index];
    }
  }

  __device__ __forceinline__ void write(uint32_t item, const uint4& xBits, const uint4& gBits) {
    if (item >= valid_) {
      return;
    }
    float x[E], g[E];
    unpack<T>(xBits, x);
    unpack<T>(gBits, g);
#pragma unroll
    for (int e = 0; e < E; ++e) {
      const float fromX = fmaf(x[e] - normal_[e].high, coefficients_.tilt[e], coefficients_.offset[e]);
      x[e] = fmaf(g[e], coefficients_.slope[e], fromX);
    }
    char* target = pointer<char>(p_.dx) + offset_ + item * place_.step;
    if (Blend && p_.betaData != 0.0f) {
      float old[E];
      unpack<T>(loadPlain(target), old);
#pragma unroll
      for (int e = 0; e < E; ++e) {
        x[e] = fmaf(p_.betaData, old[e], x[e]);
      }
    }
    storeStreaming(target, pack<T>(x));
  }

private:
  struct Finish {
    float scale;
    float inverse;
    float high;
    float low;
  };

  // dx = scale · invStd · (g − mean(g) − x̂ · mean(g·x̂)), times alpha.
  __device__ __forceinline__ void finishChannel(uint32_t channel, float sumG, float sumGx, const Finish& with) {
    const float slope = p_.alphaData * with.scale * with.inverse;
    const float tilt = -slope * (with.inverse * (sumGx * p_.inverseRows)); // no inverse squared: 1e30 must not overflow
    scratch_.coefficients[threadIdx.x] = slope;
    scratch_.coefficients[tileChannelsMaximum + threadIdx.x] = tilt;
    scratch_.coefficients[2 * tileChannelsMaximum + threadIdx.x] =
        fmaf(-with.low, tilt, -slope * (sumG * p_.inverseRows));
    scratch_.coefficients[3 * tileChannelsMaximum + threadIdx.x] = with.high;
    if (place_.member == 0) {
      blendParameter(p_.dScale, channel, sumGx, p_.alphaParameters, p_.betaParameters);
      blendParameter(p_.dBias, channel, sumG, p_.alphaParameters, p_.betaParameters);
    }
  }

  const BnRowsBackward& p_;
  const Place& place_;
  TileScratch& scratch_;
  uint32_t valid_;
  uint32_t firstChannel_;
  int64_t offset_;
  Normaliser normal_[E];
  ThreadGradients<E> gradients_;
  BackwardCoefficients<E> coefficients_;
};

// One slot: x, dy and, with an activation, y.
template <typename Work, bool Masked>
__device__ __forceinline__ void readSlot(const Work& work, uint32_t slot, uint4& x, uint4& g) {
  constexpr uint32_t part = ringThreads * 16;
  x = readShared(slot);
  g = readShared(slot + part);
  if (Masked) {
    g = work.mask(g, readShared(slot + 2 * part));
  }
}

template <typename T, int Kept, bool Masked, bool Blend>
__device__ __forceinline__ void fusedBackward(const BnRowsBackward& p) {
  extern __shared__ uint4 dynamicShared[];
  constexpr int parts = Masked ? 3 : 2;
  using Work = FusedBackward<T, Masked, Blend>;
  const BnRowsShape& shape = p.shape;
  const uint32_t afterStreamed = shape.inRegisters + shape.streamed;
  TileScratch& scratch = *reinterpret_cast<TileScratch*>(dynamicShared + Ring<parts>::slots * parts * ringThreads);
  const Place place(shape, p.rowBytes);
  const char* sources[parts];
  sources[0] = pointer<char>(p.x);
  sources[1] = pointer<char>(p.dy);
  if (Masked) {
    sources[parts - 1] = pointer<char>(p.y);
  }
  Ring<parts> ring(shape, place, p.rowBytes, sources, sharedAddress(dynamicShared));
  readEpoch(p.exchange, &scratch.firstTag, shape.rounds + 1);
  Work work(p, place, scratch);
  uint4 heldX[Kept], heldG[Kept];
  uint32_t slot = ring.start();

  for (uint32_t tile = place.group, round = 0; tile < shape.tiles; tile += shape.groups, ++round) {
    work.enterTile(tile);
    const uint32_t firstSlot = slot;
    forConstants<Kept>([&](auto index) {
      constexpr int item = decltype(index)::value;
      if (item < shape.inRegisters) {
        ring.template wait<item>();
        readSlot<Work, Masked>(work, slot, heldX[item], heldG[item]);
        slot = ring.next(slot);
        work.see(item, heldX[item], heldG[item]);
      }
    });
    ring.refill(firstSlot, shape.inRegisters);
#pragma unroll 1
    for (uint32_t item = shape.inRegisters; item < afterStreamed; ++item) {
      uint4 x, g;
      ring.template wait<0>();
      readSlot<Work, Masked>(work, slot, x, g);
      ring.refill(slot);
      slot = ring.next(slot);
      work.see(item, x, g);
    }
    const uint32_t keptSlot = slot;
#pragma unroll 1
    for (uint32_t item = afterStreamed; item < shape.items; ++item) {
      uint4 x, g;
      ring.waitHolding(item - afterStreamed);
      readSlot<Work, Masked>(work, slot, x, g);
      slot = ring.next(slot);
      work.see(item, x, g);
    }

    work.agree(round);

    slot = keptSlot;
#pragma unroll 1
    for (uint32_t item = afterStreamed; item < shape.items; ++item) {
      uint4 x, g;
      readSlot<Work, Masked>(work, slot, x, g);
      ring.refill(slot);
      slot = ring.next(slot);
      work.write(item, x, g);
    }
#pragma unroll
    for (int item = 0; item < Kept; ++item) {
      if (item < shape.inRegisters) {
        work.write(item, heldX[item], heldG[item]);
      }
    }
#pragma unroll 1
    for (uint32_t item = afterStreamed; item > shape.inRegisters; --item) {
      uint4 x, g;
      ring.template wait<0>();
      readSlot<Work, Masked>(work, slot, x, g);
      ring.refill(slot);
      slot = ring.next(slot);
      work.write(item - 1, x, g);
    }
  }
}

} // namespace bn
