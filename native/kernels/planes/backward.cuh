// Backward, x and dy read once: Σ dy and Σ dy·x̂ as items arrive, exchange, then dx from what the ring
// still holds. With an activation, dy counts where !(y <= 0); the masked dy goes back into the slot, so
// y itself passes through a small ring of its own.
#pragma once

#include "../common/reduce.cuh"
#include "block.cuh"

namespace bn::planes {

// dy of a granule as the activation lets it through, on its bits: 16-bit elements two at a time.
template <typename T> __device__ __forceinline__ uint32_t maskWord(uint32_t y, uint32_t dy);

template <> __device__ __forceinline__ uint32_t maskWord<float>(uint32_t y, uint32_t dy) {
  return __uint_as_float(y) <= 0.0f ? 0u : dy;
}

template <> __device__ __forceinline__ uint32_t maskWord<__half>(uint32_t y, uint32_t dy) {
  return dy & ~__hle2_mask(*reinterpret_cast<const __half2*>(&y), __half2half2(__float2half_rn(0.0f)));
}

template <> __device__ __forceinline__ uint32_t maskWord<__nv_bfloat16>(uint32_t y, uint32_t dy) {
  return dy & ~__hle2_mask(*reinterpret_cast<const __nv_bfloat162*>(&y), __bfloat162bfloat162(__float2bfloat16_rn(0.0f)));
}

template <typename T> __device__ __forceinline__ uint4 maskGranule(const uint4& y, const uint4& dy) {
  return make_uint4(maskWord<T>(y.x, dy.x), maskWord<T>(y.y, dy.y), maskWord<T>(y.z, dy.z), maskWord<T>(y.w, dy.w));
}

// Saved statistics of one channel.
struct Saved {
  float meanHigh, meanLow, deviation; // deviation: its inverse
};

__device__ __forceinline__ Saved savedOf(const BnPlanesBackward& p, uint32_t channel) {
  Saved saved;
  saved.meanHigh = __ldg(reinterpret_cast<const float*>(p.savedMean) + channel);
  saved.meanLow = p.savedMeanLow != 0 ? __ldg(reinterpret_cast<const float*>(p.savedMeanLow) + channel) : 0.0f;
  saved.deviation = __ldg(reinterpret_cast<const float*>(p.savedInvStd) + channel);
  return saved;
}

// The summing crew.
template <typename T, bool Packed, bool Masked> struct BackwardSums {
  static constexpr int elements = elementsPerGranule<T>;
  static constexpr int sets = Packed ? elements : 1;

  const BnPlanesBackward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Seat seat;
  const uint32_t lane;
  Columns columns{};
  static constexpr uint32_t blockItems = 8; // items whose sums are kept in one float before they move on
  Saved left{}, right{};                    // of the unit that comes next
  PerElement<Packed> meanHigh, deviation, shift; // x̂ = (x − meanHigh) * deviation + shift
  float sumDy[sets], sumDyX[sets];
  Compensated totalDy{}, totalDyX{}; // planes

  __device__ __forceinline__ BackwardSums(const BnPlanesBackward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), seat(seatOf(g, thread)), lane(thread & 31) {
    if constexpr (Packed) {
      columns = columnsOf<T>(g, seat);
    }
  }

  // Asks for the statistics of a unit, if there is one, well before they are needed.
  __device__ __forceinline__ void prefetch(uint32_t index) {
    if (index >= g.units) {
      return;
    }
    const Unit unit(g, index, 0);
    left = savedOf(p, unit.channel + (Packed ? leftChannel(columns, unit) : 0));
    if constexpr (Packed) {
      right = savedOf(p, unit.channel + rightChannel(columns, unit));
    }
  }

  __device__ __forceinline__ void begin() {
    meanHigh = PerElement<Packed>{left.meanHigh, right.meanHigh};
    deviation = PerElement<Packed>{left.deviation, right.deviation};
    shift = PerElement<Packed>{shiftOf(left), shiftOf(right)};
#pragma unroll
    for (int i = 0; i < sets; ++i) {
      sumDy[i] = sumDyX[i] = 0.0f;
    }
    totalDy = totalDyX = {0.0f, 0.0f};
  }

  __device__ __forceinline__ static float shiftOf(const Saved& saved) {
    return saved.meanLow == 0.0f ? 0.0f : -saved.meanLow * saved.deviation;
  }

  __device__ __forceinline__ void add(uint32_t slot, uint32_t sideSlot, const Walker<T>& walker, const Unit& unit,
                                      bool kept) {
    if (walker.whole(g, unit.length)) {
      addPlain(slot, sideSlot, kept);
    } else if (walker.touches(g, unit.length)) {
      addRim(block.memory + (slot - block.shared) + seat.offset,
             block.memory + (sideSlot - block.shared) + seat.offset, walker, unit, kept);
    }
  }

  __device__ __forceinline__ void addRim(uint8_t* slot, const uint8_t* sideSlot, const Walker<T>& walker,
                                         const Unit& unit, bool kept) {
    const Place place = walker.place(unit.length);
    const Rim<T> rim(g, place.granule);
    if constexpr (Packed) {
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        if (e >= place.first && e < place.last) {
          addRimElement(rim, slot, sideSlot, e, kept, sumDy[e], sumDyX[e]);
        }
      }
    } else {
#pragma unroll 1
      for (int e = place.first; e < place.last; ++e) {
        addRimElement(rim, slot, sideSlot, e, kept, sumDy[0], sumDyX[0]);
      }
    }
  }

  __device__ __forceinline__ void addRimElement(const Rim<T>& rim, uint8_t* slot, const uint8_t* sideSlot, int e,
                                                bool kept, float& toDy, float& toDyX) const {
    T* slotDy = reinterpret_cast<T*>(slot + g.slotBytes);
    T dy = rim.read(slotDy, alignedBase<T>(g, p.dy), e);
    if constexpr (Masked) {
      const float y = widen(rim.read(reinterpret_cast<const T*>(sideSlot), alignedBase<T>(g, p.y), e));
      dy = y <= 0.0f ? narrow<T>(0.0f) : dy;
      if (kept) {
        slotDy[e] = dy; // there from now on, even where the engine copied nothing
      }
    }
    const float x = widen(rim.read(reinterpret_cast<const T*>(slot), alignedBase<T>(g, p.x), e));
    addProduct(x, widen(dy), e, columns.border, toDy, toDyX);
  }

  __device__ __forceinline__ void addProduct(float x, float dy, int e, int border, float& toDy, float& toDyX) const {
    const float normal = fmaf(x - meanHigh.at(e, border), deviation.at(e, border), shift.at(e, border));
    toDy += dy;
    toDyX = fmaf(dy, normal, toDyX);
  }

  __device__ __forceinline__ void addPlain(uint32_t slot, uint32_t sideSlot, bool kept) {
    const uint32_t atX = slot + seat.offset;
    const uint32_t atDy = atX + g.slotBytes;
    uint4 gradient = loadShared(atDy);
    if constexpr (Masked) {
      gradient = maskGranule<T>(loadShared(sideSlot + seat.offset), gradient);
      if (kept) {
        storeShared(atDy, gradient);
      }
    }
    float x[elements], dy[elements];
    readShared<T>(atX, x);
    unpack<T>(gradient, dy);
    addProducts(x, dy);
  }

  __device__ __forceinline__ void addProducts(const float (&x)[elements], const float (&dy)[elements]) {
    const int border = borderOf<T>(columns);
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      addProduct(x[e], dy[e], e, border, sumDy[Packed ? e : 0], sumDyX[Packed ? e : 0]);
    }
  }

  // planes: sums of a few items move on, so that long sums lose nothing.
  __device__ __forceinline__ void closeBlock() {
    addTo(totalDy, sumDy[0]);
    addTo(totalDyX, sumDyX[0]);
    sumDy[0] = sumDyX[0] = 0.0f;
  }

  __device__ __forceinline__ void writePartials(const Unit& unit, uint32_t thread) {
    const Turn turn(unit.sequence);
    block.waitTableFree(turn);
    Entry* table = block.table(g, turn);
    if constexpr (Packed) {
      const int end = static_cast<int>(unit.channels);
      if (columns.hasLeft && columns.left < end) {
        table[columns.leftEntry] = partOf(0, columns.border);
      }
      if (columns.hasRight && columns.left + 1 < end) {
        table[columns.rightEntry] = partOf(columns.border, elements);
      }
    } else {
      closeBlock();
      const double dy = warpSum(static_cast<double>(totalDy.sum) + static_cast<double>(totalDy.rest));
      const double dyX = warpSum(static_cast<double>(totalDyX.sum) + static_cast<double>(totalDyX.rest));
      if (lane == 0) {
        table[thread / 32] = {static_cast<float>(dy), static_cast<float>(dyX), 0.0f};
      }
    }
    if constexpr (Masked) {
      fenceForCopyEngine(); // slots were written by ordinary stores; the engine writes them next
    }
    block.tableWritten(turn, lane);
  }

  // Elements from .. to − 1 of the granule: all of one channel.
  __device__ __forceinline__ Entry partOf(int from, int to) const {
    float dy = 0.0f, dyX = 0.0f;
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      if (e >= from && e < to) {
        dy += sumDy[e];
        dyX += sumDyX[e];
      }
    }
    return {dy, dyX, 0.0f};
  }

  template <typename Walk, typename Take, typename Step>
  __device__ __forceinline__ void pass(Cursor& at, Cursor& side, Walk& walker, Take take, Step step) {
    const Share& share = block.share;
    for (uint32_t i = 0; i < share.items; ++i) {
      const bool kept = i >= share.given();
      block.main.waitFilled(at);
      if constexpr (Masked) {
        block.side.waitFilled(side);
      }
      take(at.data, side.data, walker, kept);
      if constexpr (Masked) {
        block.side.release(side, lane);
        block.side.next(side);
      }
      if (!kept) {
        block.main.release(at, lane);
      }
      if (!Packed && i % blockItems == blockItems - 1) {
        closeBlock();
      }
      block.main.next(at);
      step(walker);
    }
  }

  __device__ __forceinline__ void run(uint32_t thread) {
    const Share& share = block.share;
    Cursor at = block.main.start(), side = block.side.start();
    uint32_t sequence = 0;
    prefetch(block.group);
    for (uint32_t index = block.group; index < g.units; index += g.groups, ++sequence) {
      const Unit unit(g, index, sequence);
      begin();
      prefetch(index + g.groups);
      if (g.plain != 0) {
        PlainWalker walker;
        walker.start(g, seat, share.first);
        pass(
            at, side, walker,
            [&](uint32_t slot, uint32_t sideSlot, const PlainWalker& w, bool kept) {
              if (w.inside()) {
                addPlain(slot, sideSlot, kept);
              }
            },
            [&](PlainWalker& w) { w.advance(g); });
      } else {
        Walker<T> walker;
        walker.start(g, seat, share.first, unit.channel);
        pass(
            at, side, walker,
            [&](uint32_t slot, uint32_t sideSlot, const Walker<T>& w, bool kept) {
              add(slot, sideSlot, w, unit, kept);
            },
            [&](Walker<T>& w) { w.advance(g, seat, unit.channel); });
      }
      writePartials(unit, thread);
      watchAgain(at, side);
    }
  }

  __device__ __forceinline__ void watchAgain(Cursor& at, Cursor& side) const {
    for (uint32_t i = 0; i < block.share.given(); ++i) {
      block.main.watch(at, 1, lane);
      if constexpr (Masked) {
        block.side.watch(side, 1, lane);
      }
    }
  }
};

struct GradientSums {
  double dy;
  double dyX;
};

// The merging crew: warp w takes channels w, w + warps, ... of each unit.
template <typename T, bool Packed> struct BackwardMerge {
  static constexpr uint32_t warps = mergeWarps(Packed);
  static constexpr uint32_t most = (maximumUnitChannels + warps - 1) / warps;
  static constexpr uint32_t perWarp = Packed ? most : 1;

  const BnPlanesBackward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Exchange exchange;
  const uint32_t warp, lane;

  struct Given {
    Saved saved;
    float scale, oldScaleGradient, oldBiasGradient;
  };

  __device__ __forceinline__ BackwardMerge(const BnPlanesBackward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), exchange(exchangeOf(g, aBlock, params.workspace)),
        warp(thread / 32), lane(thread & 31) {}

  __device__ __forceinline__ Given given(uint32_t channel) const {
    const bool blends = block.rank == 0 && p.betaParameters != 0.0f;
    return {savedOf(p, channel), __ldg(reinterpret_cast<const float*>(p.scale) + channel),
            blends ? reinterpret_cast<const float*>(p.dScale)[channel] : 0.0f,
            blends ? reinterpret_cast<const float*>(p.dBias)[channel] : 0.0f};
  }

  __device__ __forceinline__ GradientSums mergeTable(const Turn& turn, uint32_t k) const {
    const uint32_t entries = g.channelEntries;
    const Entry* table = block.table(g, turn) + k * entries;
    GradientSums sums{0.0, 0.0};
    for (uint32_t i = lane; i < entries; i += 32) {
      sums.dy += static_cast<double>(table[i].a);
      sums.dyX += static_cast<double>(table[i].b);
    }
    return {warpSum(sums.dy), warpSum(sums.dyX)};
  }

  __device__ __forceinline__ GradientSums mergeBlocks(uint32_t sequence, uint32_t k) const {
    float4 entries[entriesPerLane];
    exchange.collect(sequence, k, lane, entries);
    GradientSums sums{0.0, 0.0};
#pragma unroll
    for (int i = 0; i < entriesPerLane; ++i) {
      sums.dy += static_cast<double>(entries[i].x);
      sums.dyX += static_cast<double>(entries[i].y);
    }
    return {warpSum(sums.dy), warpSum(sums.dyX)};
  }

  // dx = slope * (dy − Σdy/m − tilt * (x − mean))
  __device__ __forceinline__ void writeParameters(const Turn& turn, uint32_t k, const GradientSums& all,
                                                  const Given& with) const {
    if (lane == 0) {
      const double deviation = static_cast<double>(with.saved.deviation);
      const double meanDy = all.dy * g.inverseCount;
      const double tilt = all.dyX * g.inverseCount * deviation;
      const double slope = deviation * static_cast<double>(with.scale) * static_cast<double>(p.alphaData);
      // The mean's low word goes into what is subtracted from dy.
      const double low = static_cast<double>(with.saved.meanLow);
      const double offset = low == 0.0 ? meanDy : meanDy - tilt * low;
      block.parameters(g, turn)[k] = make_float4(static_cast<float>(offset), static_cast<float>(tilt),
                                                 static_cast<float>(slope), with.saved.meanHigh);
    }
  }

  __device__ __forceinline__ void saveGradients(uint32_t channel, const GradientSums& all, const Given& with) const {
    if (lane == 0 && block.rank == 0) {
      storeGradient(p.dScale, channel, all.dyX, with.oldScaleGradient);
      storeGradient(p.dBias, channel, all.dy, with.oldBiasGradient);
    }
  }

  __device__ __forceinline__ void storeGradient(uint64_t address, uint32_t c, double value, float old) const {
    double blended = static_cast<double>(p.alphaParameters) * value;
    if (p.betaParameters != 0.0f) {
      blended += static_cast<double>(p.betaParameters) * static_cast<double>(old);
    }
    reinterpret_cast<float*>(address)[c] = static_cast<float>(blended);
  }

  __device__ __forceinline__ void run() {
    meetCluster(g);
    uint32_t sequence = 0;
    for (uint32_t index = block.group; index < g.units; index += g.groups, ++sequence) {
      const Unit unit(g, index, sequence);
      const Turn turn(sequence);
      Given with[perWarp];
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        with[i] = k < unit.channels ? given(unit.channel + k) : Given{};
      }
      block.waitTable(turn);
      GradientSums all[perWarp];
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          all[i] = mergeTable(turn, k);
          if (g.exchange != BN_EXCHANGE_NONE) {
            if (warp == 0 && i == 0 && lane == 0) {
              exchange.open(sequence, unit.channels);
            }
            exchange.post(sequence, k, static_cast<float>(all[i].dy), static_cast<float>(all[i].dyX), 0.0f, lane);
          }
        }
      }
      block.tableRead(turn, lane);
      block.waitTaken(turn); // also by a warp without channels: or it could be ready twice in one turn
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          if (g.exchange != BN_EXCHANGE_NONE) {
            all[i] = mergeBlocks(sequence, k);
          }
          writeParameters(turn, k, all[i], with[i]);
        }
      }
      block.parametersReady(turn, lane);
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          saveGradients(unit.channel + k, all[i], with[i]);
        }
      }
    }
    if (warp == 0 && lane == 0) {
      finishFlags(g, p.workspace);
    }
  }
};

// The applying crew.
template <typename T, bool Packed, bool Masked> struct BackwardApply {
  static constexpr int elements = elementsPerGranule<T>;

  const BnPlanesBackward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Seat seat;
  const uint32_t lane;
  Columns columns{};
  PerElement<Packed> offset, tilt, slope, meanHigh;

  __device__ __forceinline__ BackwardApply(const BnPlanesBackward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), seat(seatOf(g, thread)), lane(thread & 31) {
    if constexpr (Packed) {
      columns = columnsOf<T>(g, seat);
    }
  }

  __device__ __forceinline__ void takeParameters(const Unit& unit) {
    const Turn turn(unit.sequence);
    block.waitReady(turn);
    const float4* table = block.parameters(g, turn);
    const float4 left = table[Packed ? leftChannel(columns, unit) : 0];
    const float4 right = table[Packed ? rightChannel(columns, unit) : 0];
    block.parametersTaken(turn, lane);
    offset = PerElement<Packed>{left.x, right.x};
    tilt = PerElement<Packed>{left.y, right.y};
    slope = PerElement<Packed>{left.z, right.z};
    meanHigh = PerElement<Packed>{left.w, right.w};
  }

  __device__ __forceinline__ float derivative(float x, float dy, int e, int border) const {
    const float centered = x - meanHigh.at(e, border);
    return slope.at(e, border) * fmaf(-tilt.at(e, border), centered, dy - offset.at(e, border));
  }

  // A whole granule of dy as the activation lets it through; what was kept was masked in the first pass.
  __device__ __forceinline__ uint4 gradientOf(uint32_t slot, uint32_t sideSlot, bool kept) const {
    const uint4 gradient = loadShared(slot + g.slotBytes + seat.offset);
    if (!Masked || kept) {
      return gradient;
    }
    return maskGranule<T>(loadShared(sideSlot + seat.offset), gradient);
  }

  __device__ __forceinline__ void results(uint32_t slot, const uint4& gradient, float (&values)[elements]) const {
    float x[elements];
    readShared<T>(slot + seat.offset, x);
    unpack<T>(gradient, values);
    const int border = borderOf<T>(columns);
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      values[e] = derivative(x[e], values[e], e, border);
    }
  }

  __device__ __forceinline__ void apply(uint32_t slot, uint32_t sideSlot, const Walker<T>& walker, const Unit& unit,
                                        bool kept) const {
    if (walker.whole(g, unit.length)) {
      const uint4 gradient = gradientOf(slot, sideSlot, kept);
      if (Masked && p.dz != 0) {
        storePlain(alignedBase<T>(g, p.dz) + walker.granule * elements, gradient);
      }
      float values[elements];
      results(slot, gradient, values);
      T* dx = alignedBase<T>(g, p.dx);
      if (p.betaData != 0.0f) {
        blendWithOld<T>(dx, walker.granule, p.betaData, values);
      }
      writeWhole<T>(dx, walker.granule, values);
    } else if (walker.touches(g, unit.length)) {
      applyRim(block.memory + (slot - block.shared) + seat.offset,
               block.memory + (sideSlot - block.shared) + seat.offset, walker, unit, kept);
    }
  }

  __device__ __forceinline__ void applyRim(const uint8_t* slot, const uint8_t* sideSlot, const Walker<T>& walker,
                                           const Unit& unit, bool kept) const {
    const Place place = walker.place(unit.length);
    const Rim<T> rim(g, place.granule);
    const T* slotDy = reinterpret_cast<const T*>(slot + g.slotBytes);
    T* dx = alignedBase<T>(g, p.dx) + rim.element;
#pragma unroll 1
    for (int e = place.first; e < place.last; ++e) {
      T dy = Masked && kept ? slotDy[e] : rim.read(slotDy, alignedBase<T>(g, p.dy), e);
      if constexpr (Masked) {
        if (!kept && widen(rim.read(reinterpret_cast<const T*>(sideSlot), alignedBase<T>(g, p.y), e)) <= 0.0f) {
          dy = narrow<T>(0.0f);
        }
        if (p.dz != 0) {
          alignedBase<T>(g, p.dz)[rim.element + e] = dy;
        }
      }
      const float x = widen(rim.read(reinterpret_cast<const T*>(slot), alignedBase<T>(g, p.x), e));
      const float value = derivative(x, widen(dy), e, columns.border);
      dx[e] = narrow<T>(p.betaData == 0.0f ? value : fmaf(p.betaData, widen(dx[e]), value));
    }
  }

  __device__ __forceinline__ void applyPlain(uint32_t slot, uint32_t sideSlot, const PlainWriter& writer,
                                             bool kept) const {
    if (!writer.walker.inside()) {
      return;
    }
    const uint4 gradient = gradientOf(slot, sideSlot, kept);
    if (Masked && p.dz != 0) {
      storePlain(reinterpret_cast<void*>(p.dz + writer.offset), gradient);
    }
    float values[elements];
    results(slot, gradient, values);
    storePlain(reinterpret_cast<void*>(p.dx + writer.offset), pack<T>(values));
  }

  // Items that are still in the ring, or items that come again.
  template <typename Walk, typename Take, typename Step>
  __device__ __forceinline__ void pass(Cursor& at, Cursor& side, bool kept, Walk& walker, Take take, Step step) {
    const uint32_t items = kept ? block.share.kept : block.share.given();
    for (uint32_t i = 0; i < items; ++i) {
      if (!kept) {
        block.main.waitFilled(at);
        if constexpr (Masked) {
          block.side.waitFilled(side);
        }
      }
      take(at.data, side.data, walker);
      block.main.release(at, lane, kept ? 2 : 1);
      block.main.next(at);
      if constexpr (Masked) {
        if (!kept) {
          block.side.release(side, lane, 1);
          block.side.next(side);
        }
      }
      step(walker);
    }
  }

  __device__ __forceinline__ void passPlain(Cursor& at, Cursor& side, bool kept, const Unit& unit) {
    PlainWriter writer;
    writer.template start<T>(g, seat, block.share.first + (kept ? block.share.given() : 0), unit.channel);
    pass(
        at, side, kept, writer,
        [&](uint32_t slot, uint32_t sideSlot, const PlainWriter& w) { applyPlain(slot, sideSlot, w, kept); },
        [&](PlainWriter& w) { w.advance(g); });
  }

  __device__ __forceinline__ void passGeneral(Cursor& at, Cursor& side, bool kept, const Unit& unit) {
    Walker<T> walker;
    walker.start(g, seat, block.share.first + (kept ? block.share.given() : 0), unit.channel);
    pass(
        at, side, kept, walker,
        [&](uint32_t slot, uint32_t sideSlot, const Walker<T>& w) { apply(slot, sideSlot, w, unit, kept); },
        [&](Walker<T>& w) { w.advance(g, seat, unit.channel); });
  }

  __device__ __forceinline__ void run() {
    const bool plain = g.plain != 0 && p.betaData == 0.0f;
    Cursor at = block.main.start(), side = block.side.start();
    uint32_t sequence = 0;
    for (uint32_t index = block.group; index < g.units; index += g.groups, ++sequence) {
      const Unit unit(g, index, sequence);
      block.main.skip(at, block.share.given());
      if constexpr (Masked) {
        block.side.skip(side, block.share.items);
      }
      takeParameters(unit);
      if (plain) {
        passPlain(at, side, true, unit);
      } else {
        passGeneral(at, side, true, unit);
      }
      if (block.share.given() == 0) {
        continue;
      }
      if (plain) {
        passPlain(at, side, false, unit);
      } else {
        passGeneral(at, side, false, unit);
      }
    }
  }
};

template <typename T, bool Packed, bool Masked>
__device__ __forceinline__ void backwardKernel(const BnPlanesBackward& p) {
  extern __shared__ __align__(128) uint8_t memory[];
  const BnPlanesGeometry& g = p.geometry;
  const Block block = blockOf(g, 0, memory);
  prepare<Packed>(g, block);
  constexpr uint32_t crew = roleThreads(Packed);
  constexpr uint32_t mergers = 32 * mergeWarps(Packed);
  const uint32_t thread = threadIdx.x;
  if (thread >= 2 * crew && thread < 2 * crew + mergers) {
    BackwardMerge<T, Packed>(p, block, thread - 2 * crew).run();
    return;
  }
  if (thread < crew) {
    BackwardSums<T, Packed, Masked>(p, block, thread).run(thread);
  } else if (thread < 2 * crew) {
    BackwardApply<T, Packed, Masked>(p, block, thread - crew).run();
  } else {
    Stream<T, 2> main(g, block.main, block.share, block.group, false);
    main.tensors[0] = alignedBase<T>(g, p.x);
    main.tensors[1] = alignedBase<T>(g, p.dy);
    if constexpr (Masked) {
      Stream<T, 1> side(g, block.side, block.share, block.group, false);
      side.tensors[0] = alignedBase<T>(g, p.y);
      feedBoth(g, main, side);
    } else {
      feed(g, main, p.flags);
    }
  }
  meetCluster(g);
}

} // namespace bn::planes
