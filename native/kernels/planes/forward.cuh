// Forward training, x read once: sums as items arrive, exchange, then y from what the ring still holds.
#pragma once

#include "../common/reduce.cuh"
#include "block.cuh"

namespace bn::planes {

// The summing crew: (count, mean, M2) of each channel's part in this block, measured from a pivot that all
// threads share. Any value near the mean will do: the first of the block's first row.
template <typename T, bool Packed> struct ForwardSums {
  static constexpr int elements = elementsPerGranule<T>;
  static constexpr int sets = Packed ? elements : 1;
  static constexpr uint32_t blockItems = 8; // planes: items summed around one value before they are merged

  const BnPlanesForward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Seat seat;
  const uint32_t lane;
  Columns columns{};

  float count = 0.0f;
  float pivot[Packed ? 2 : 1];
  float mean[sets];
  float m2[sets];
  // planes: the open block of sums around `center`
  float center = 0.0f, blockCount = 0.0f, blockSum = 0.0f, blockSquares = 0.0f;

  __device__ __forceinline__ ForwardSums(const BnPlanesForward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), seat(seatOf(g, thread)), lane(thread & 31) {
    if constexpr (Packed) {
      columns = columnsOf<T>(g, seat);
    }
  }

  __device__ const T* x() const { return alignedBase<T>(g, p.x); }

  // In shared memory, unless the row's start is in another block's items or sticks out of the tensor.
  __device__ __forceinline__ float firstValue(uint32_t slot, const Item& item, const Unit& unit, uint32_t k) const {
    const RowStart row = rowStart<T>(g, item.sample, unit.channel);
    const int64_t element = row.granule * elements + row.phase + static_cast<int64_t>(k) * g.plane;
    const int64_t inSlot = element - (row.granule + static_cast<int64_t>(item.piece) * g.pieceGranules) * elements;
    const int64_t granule = element >> granuleShift<T>;
    if (inSlot < 0 || granule < insideBegin<T>(g) || granule >= insideEnd<T>(g)) {
      return widen(x()[element]);
    }
    return widen(*reinterpret_cast<const T*>(block.memory + (slot - block.shared) + inSlot * sizeof(T)));
  }

  __device__ __forceinline__ void begin(uint32_t slot, const Unit& unit, uint32_t thread) {
    const Item item = itemAt(g, block.share.first);
    pivot[0] = firstValue(slot, item, unit, Packed ? leftChannel(columns, unit) : 0);
    if constexpr (Packed) {
      pivot[1] = firstValue(slot, item, unit, rightChannel(columns, unit));
    }
    center = pivot[0];
    count = blockCount = blockSum = blockSquares = 0.0f;
#pragma unroll
    for (int i = 0; i < sets; ++i) {
      mean[i] = 0.0f;
      m2[i] = 0.0f;
    }
    const Turn turn(unit.sequence);
    block.waitTableFree(turn); // the pivots lie with the table
    if (thread < unit.channels) {
      block.pivots(g, turn)[thread] = firstValue(slot, item, unit, thread);
    }
  }

  __device__ __forceinline__ void add(uint32_t slot, const Walker<T>& walker, const Unit& unit) {
    if (walker.whole(g, unit.length)) {
      addPlain(slot);
    } else if (walker.touches(g, unit.length)) {
      addRim(reinterpret_cast<const T*>(block.memory + (slot - block.shared) + seat.offset), walker, unit);
    }
  }

  __device__ __forceinline__ void addRim(const T* slot, const Walker<T>& walker, const Unit& unit) {
    const Place place = walker.place(unit.length);
    const Rim<T> rim(g, place.granule);
    if constexpr (Packed) {
      count += 1.0f;
      const float weight = __frcp_rn(count);
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        if (e >= place.first && e < place.last) {
          addToColumn(e, widen(rim.read(slot, x(), e)), weight);
        }
      }
    } else {
      blockCount += static_cast<float>(place.last - place.first);
#pragma unroll 1
      for (int e = place.first; e < place.last; ++e) {
        addToBlock(widen(rim.read(slot, x(), e)));
      }
    }
  }

  __device__ __forceinline__ void addToBlock(float value) {
    const float delta = value - center;
    blockSum += delta;
    blockSquares = fmaf(delta, delta, blockSquares);
  }

  __device__ __forceinline__ void addToColumn(int e, float value, float weight) {
    addValue(mean[e], m2[e], value - (e < columns.border ? pivot[0] : pivot[1]), weight);
  }

  __device__ __forceinline__ void addPlain(uint32_t slot) {
    float values[elements];
    readShared<T>(slot + seat.offset, values);
    if constexpr (Packed) {
      count += 1.0f;
      const float weight = __frcp_rn(count);
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        addToColumn(e, values[e], weight);
      }
    } else {
      blockCount += static_cast<float>(elements);
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        addToBlock(values[e]);
      }
    }
  }

  // planes: the first block is summed around the mean of this thread's first granule. Around the pivot it
  // could be several deviations off, and where both are coarse (float16) all squares would round one way.
  __device__ __forceinline__ void centerOn(uint32_t slot) {
    float values[elements];
    readShared<T>(slot + seat.offset, values);
    float sum = 0.0f;
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      sum += values[e] - pivot[0];
    }
    center = pivot[0] + sum * (1.0f / elements);
  }

  // planes: the block joins the thread's moments; the next is summed around the mean so far.
  __device__ __forceinline__ void closeBlock() {
    if (blockCount == 0.0f) {
      return;
    }
    const float blockMean = __fdividef(blockSum, blockCount);
    const float squares = fmaxf(fmaf(-blockSum, blockMean, blockSquares), 0.0f);
    // fmaxf would turn a NaN into 0.
    const float safeSquares = blockSquares - blockSquares == 0.0f ? squares : blockSquares;
    Moments sums{count, mean[0], m2[0]};
    mergeInto(sums, blockCount, (center - pivot[0]) + blockMean, safeSquares);
    count = sums.count;
    mean[0] = sums.mean;
    m2[0] = sums.m2;
    center = pivot[0] + mean[0];
    blockCount = blockSum = blockSquares = 0.0f;
  }

  __device__ __forceinline__ void writePartials(const Unit& unit, uint32_t thread) {
    const Turn turn(unit.sequence);
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
      const Moments all = warpMerge(Moments{count, mean[0], m2[0]});
      if (lane == 0) {
        table[thread / 32] = {all.count, all.mean, all.m2};
      }
    }
    block.tableWritten(turn, lane);
  }

  // Elements from .. to − 1 of the granule: all of one channel.
  __device__ __forceinline__ Entry partOf(int from, int to) const {
    Moments part{0.0f, 0.0f, 0.0f};
    if (count > 0.0f) {
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        if (e >= from && e < to) {
          mergeInto(part, count, mean[e], m2[e]);
        }
      }
    }
    return {part.count, part.mean, part.m2};
  }

  // One item after another: `walker` says where this thread is, `take` adds what it finds.
  template <typename Walk, typename Take, typename Step>
  __device__ __forceinline__ void pass(Cursor& at, Walk& walker, Take take, Step step) {
    const Share& share = block.share;
    for (uint32_t i = 0; i < share.items; ++i) {
      block.main.waitFilled(at);
      take(at.data, walker);
      if (i < share.given()) {
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
    Cursor at = block.main.start();
    uint32_t sequence = 0;
    for (uint32_t index = block.group; index < g.units; index += g.groups, ++sequence) {
      const Unit unit(g, index, sequence);
      block.main.waitFilled(at);
      begin(at.data, unit, thread);
      if (g.plain != 0) {
        PlainWalker walker;
        walker.start(g, seat, share.first);
        if (!Packed && walker.inside()) {
          centerOn(at.data);
        }
        pass(
            at, walker,
            [&](uint32_t slot, const PlainWalker& w) {
              if (w.inside()) {
                addPlain(slot);
              }
            },
            [&](PlainWalker& w) { w.advance(g); });
      } else {
        Walker<T> walker;
        walker.start(g, seat, share.first, unit.channel);
        if (!Packed && walker.whole(g, unit.length)) {
          centerOn(at.data);
        }
        pass(
            at, walker, [&](uint32_t slot, const Walker<T>& w) { add(slot, w, unit); },
            [&](Walker<T>& w) { w.advance(g, seat, unit.channel); });
      }
      writePartials(unit, thread);
      block.main.watch(at, share.fills - share.items, lane);
    }
  }
};

// The merging crew: warp w takes channels w, w + warps, ... of each unit.
template <typename T, bool Packed> struct ForwardMerge {
  static constexpr uint32_t warps = mergeWarps(Packed);
  static constexpr uint32_t most = (maximumUnitChannels + warps - 1) / warps;
  static constexpr uint32_t perWarp = Packed ? most : 1; // channels a warp takes at most

  const BnPlanesForward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Exchange exchange;
  const uint32_t warp, lane;

  // What is asked for at the unit's start, so that nobody waits for it at its end.
  struct Given {
    float scale, bias, oldMean, oldVariance;
  };

  __device__ __forceinline__ ForwardMerge(const BnPlanesForward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), exchange(exchangeOf(g, aBlock, params.workspace)),
        warp(thread / 32), lane(thread & 31) {}

  __device__ __forceinline__ Given given(uint32_t channel) const {
    const bool keepsRunning = block.rank == 0 && p.averagingFactor != 1.0;
    return {__ldg(reinterpret_cast<const float*>(p.scale) + channel),
            __ldg(reinterpret_cast<const float*>(p.bias) + channel),
            keepsRunning ? loadIfWanted(p.runningMean, channel) : 0.0f,
            keepsRunning ? loadIfWanted(p.runningVariance, channel) : 0.0f};
  }

  // The block's moments of channel k of the unit, measured from the pivot.
  __device__ __forceinline__ Moments mergeTable(const Turn& turn, uint32_t k) const {
    const uint32_t entries = g.channelEntries;
    const Entry* table = block.table(g, turn) + k * entries;
    Moments sums{0.0f, 0.0f, 0.0f};
    for (uint32_t i = lane; i < entries; i += 32) {
      const Entry entry = table[i];
      mergeInto(sums, entry.a, entry.b, entry.c);
    }
    return warpMerge(sums);
  }

  __device__ __forceinline__ uint32_t valuesOf(const Unit& unit, uint32_t rank) const {
    return static_cast<uint32_t>(valuesBefore<T>(g, firstItem(g, rank + 1), unit.channel) -
                               valuesBefore<T>(g, firstItem(g, rank), unit.channel));
  }

  // All blocks' (mean, M2): first the mean, then the squares around it.
  __device__ __forceinline__ WideMoments mergeBlocks(const Unit& unit, uint32_t k) const {
    uint32_t counts[entriesPerLane];
#pragma unroll
    for (int i = 0; i < entriesPerLane; ++i) {
      const uint32_t from = lane + 32 * i;
      counts[i] = from < g.groupBlocks ? valuesOf(unit, from) : 0;
    }
    float4 entries[entriesPerLane];
    exchange.collect(unit.sequence, k, lane, entries);
    double sum = 0.0;
#pragma unroll
    for (int i = 0; i < entriesPerLane; ++i) {
      sum += static_cast<double>(counts[i]) * (static_cast<double>(entries[i].x) + static_cast<double>(entries[i].y));
    }
    const double center = warpSum(sum) * g.inverseCount;
    double squares = 0.0;
#pragma unroll
    for (int i = 0; i < entriesPerLane; ++i) {
      const double delta = static_cast<double>(entries[i].x) + static_cast<double>(entries[i].y) - center;
      squares += static_cast<double>(entries[i].z) + static_cast<double>(counts[i]) * delta * delta;
    }
    return {static_cast<double>(g.valuesPerChannel), center, warpSum(squares)};
  }

  __device__ __forceinline__ void writeParameters(const Turn& turn, uint32_t k, const WideMoments& all,
                                                  const Given& with) const {
    if ((p.flags & BN_STATISTICS_ONLY) != 0) {
      return;
    }
    const double inverseDeviation = rsqrt(all.m2 * g.inverseCount + p.epsilon);
    const TwoWords center = splitWords(all.mean);
    if (lane == 0) {
      // (x − mean) * slope + bias with the mean's low word moved into the bias, where it is small.
      const double slope = inverseDeviation * static_cast<double>(with.scale);
      const double shift = center.lo == 0.0f ? 0.0 : static_cast<double>(center.lo) * slope;
      block.parameters(g, turn)[k] = make_float4(center.hi, static_cast<float>(slope),
                                                 static_cast<float>(static_cast<double>(with.bias) - shift), 0.0f);
    }
  }

  __device__ __forceinline__ void saveStatistics(const Unit& unit, uint32_t k, const WideMoments& all,
                                                 const Given& with) const {
    if (lane != 0 || block.rank != 0) {
      return;
    }
    const uint32_t c = unit.channel + k;
    const TwoWords center = splitWords(all.mean);
    const double variance = all.m2 * g.inverseCount;
    storeIfWanted(p.savedMean, c, center.hi);
    storeIfWanted(p.savedMeanLow, c, center.lo);
    storeIfWanted(p.savedInvStd, c, static_cast<float>(rsqrt(variance + p.epsilon)));
    const bool biased = (p.flags & BN_BIASED_RUNNING_VARIANCE) != 0;
    const double fresh = biased ? variance : all.m2 / static_cast<double>(g.valuesPerChannel - 1);
    storeIfWanted(p.runningMean, c, mixed(with.oldMean, all.mean));
    storeIfWanted(p.runningVariance, c, mixed(with.oldVariance, fresh));
  }

  __device__ static __forceinline__ void storeIfWanted(uint64_t address, uint32_t c, float value) {
    if (address != 0) {
      reinterpret_cast<float*>(address)[c] = value;
    }
  }

  __device__ static __forceinline__ float loadIfWanted(uint64_t address, uint32_t c) {
    return address != 0 ? reinterpret_cast<const float*>(address)[c] : 0.0f;
  }

  // Factor 1 overwrites, factor 0 keeps: 0 * NaN must not appear.
  __device__ __forceinline__ float mixed(float old, double fresh) const {
    const double f = p.averagingFactor;
    if (f == 0.0) {
      return old;
    }
    return static_cast<float>(f == 1.0 ? fresh : (1.0 - f) * static_cast<double>(old) + f * fresh);
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
      WideMoments all[perWarp];
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          const Moments mine = mergeTable(turn, k);
          all[i] = {0.0, static_cast<double>(block.pivots(g, turn)[k]) + static_cast<double>(mine.mean),
                    static_cast<double>(mine.m2)};
          if (g.exchange != BN_EXCHANGE_NONE) {
            if (warp == 0 && i == 0 && lane == 0) {
              exchange.open(sequence, unit.channels);
            }
            const TwoWords words = splitWords(all[i].mean);
            exchange.post(sequence, k, words.hi, words.lo, mine.m2, lane);
          }
        }
      }
      block.tableRead(turn, lane);
      if ((p.flags & BN_STATISTICS_ONLY) == 0) {
        block.waitTaken(turn); // also by a warp without channels: or it could be ready twice in one turn
      }
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          if (g.exchange != BN_EXCHANGE_NONE) {
            all[i] = mergeBlocks(unit, k);
          }
          writeParameters(turn, k, all[i], with[i]);
        }
      }
      if ((p.flags & BN_STATISTICS_ONLY) == 0) {
        block.parametersReady(turn, lane);
      }
#pragma unroll
      for (uint32_t i = 0; i < perWarp; ++i) {
        const uint32_t k = warp + i * warps;
        if (k < unit.channels) {
          saveStatistics(unit, k, all[i], with[i]);
        }
      }
    }
    if (warp == 0 && lane == 0) {
      finishFlags(g, p.workspace);
    }
  }
};

// The applying crew.
template <typename T, bool Packed, bool Add> struct ForwardApply {
  static constexpr int elements = elementsPerGranule<T>;

  const BnPlanesForward& p;
  const BnPlanesGeometry& g;
  const Block& block;
  const Seat seat;
  const uint32_t lane;
  Columns columns{};
  PerElement<Packed> meanHigh, slope, bias;
  const float floor;

  __device__ __forceinline__ ForwardApply(const BnPlanesForward& params, const Block& aBlock, uint32_t thread)
      : p(params), g(params.geometry), block(aBlock), seat(seatOf(g, thread)), lane(thread & 31),
        floor((params.flags & BN_RELU) != 0 ? 0.0f : -INFINITY) {
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
    meanHigh = {left.x, right.x};
    slope = {left.y, right.y};
    bias = {left.z, right.z};
  }

  __device__ __forceinline__ float normalised(float value, int e, int border) const {
    return fmaf(value - meanHigh.at(e, border), slope.at(e, border), bias.at(e, border));
  }

  // max(v, floor) that lets NaN pass; without an activation the floor is −infinity.
  __device__ __forceinline__ float activated(float value) const { return maximumOrNaN(value, floor); }

  __device__ __forceinline__ void results(uint32_t slot, uint32_t sideSlot, float (&values)[elements]) const {
    readShared<T>(slot + seat.offset, values);
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      values[e] = normalised(values[e], e, columns.border);
    }
    if constexpr (Add) {
      float added[elements];
      readShared<T>(sideSlot + seat.offset, added);
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        values[e] += added[e];
      }
    }
#pragma unroll
    for (int e = 0; e < elements; ++e) {
      values[e] = activated(values[e]);
    }
  }

  __device__ __forceinline__ void apply(uint32_t slot, uint32_t sideSlot, const Walker<T>& walker,
                                        const Unit& unit) const {
    if (walker.whole(g, unit.length)) {
      float values[elements];
      results(slot, sideSlot, values);
#pragma unroll
      for (int e = 0; e < elements; ++e) {
        values[e] *= p.alpha;
      }
      T* y = alignedBase<T>(g, p.y);
      if (p.beta != 0.0f) {
        blendWithOld<T>(y, walker.granule, p.beta, values);
      }
      writeWhole<T>(y, walker.granule, values);
    } else if (walker.touches(g, unit.length)) {
      applyRim(reinterpret_cast<const T*>(block.memory + (slot - block.shared) + seat.offset),
               reinterpret_cast<const T*>(block.memory + (sideSlot - block.shared) + seat.offset), walker, unit);
    }
  }

  __device__ __forceinline__ void applyRim(const T* slot, const T* sideSlot, const Walker<T>& walker,
                                           const Unit& unit) const {
    const Place place = walker.place(unit.length);
    const Rim<T> rim(g, place.granule);
    T* y = alignedBase<T>(g, p.y) + rim.element;
#pragma unroll 1
    for (int e = place.first; e < place.last; ++e) {
      float value = normalised(widen(rim.read(slot, alignedBase<T>(g, p.x), e)), e, columns.border);
      if constexpr (Add) {
        value += widen(rim.read(sideSlot, alignedBase<T>(g, p.z), e));
      }
      value = activated(value) * p.alpha;
      y[e] = narrow<T>(p.beta == 0.0f ? value : fmaf(p.beta, widen(y[e]), value));
    }
  }

  __device__ __forceinline__ void applyPlain(uint32_t slot, uint32_t sideSlot, const PlainWriter& writer) const {
    if (!writer.walker.inside()) {
      return;
    }
    float values[elements];
    results(slot, sideSlot, values);
    storePlain(reinterpret_cast<void*>(p.y + writer.offset), pack<T>(values));
  }

  // Items that are still in the ring, or items that come again.
  template <typename Walk, typename Take, typename Step>
  __device__ __forceinline__ void pass(Cursor& at, Cursor& side, bool kept, Walk& walker, Take take, Step step) {
    const uint32_t items = kept ? block.share.kept : block.share.given();
    for (uint32_t i = 0; i < items; ++i) {
      if (!kept) {
        block.main.waitFilled(at);
      }
      if constexpr (Add) {
        block.side.waitFilled(side);
      }
      take(at.data, side.data, walker);
      block.main.release(at, lane, kept ? 2 : 1);
      block.main.next(at);
      if constexpr (Add) {
        block.side.release(side, lane);
        block.side.next(side);
      }
      step(walker);
    }
  }

  __device__ __forceinline__ void passPlain(Cursor& at, Cursor& side, bool kept, const Unit& unit) {
    PlainWriter writer;
    writer.template start<T>(g, seat, block.share.first + (kept ? block.share.given() : 0), unit.channel);
    pass(
        at, side, kept, writer,
        [&](uint32_t slot, uint32_t sideSlot, const PlainWriter& w) { applyPlain(slot, sideSlot, w); },
        [&](PlainWriter& w) { w.advance(g); });
  }

  __device__ __forceinline__ void passGeneral(Cursor& at, Cursor& side, bool kept, const Unit& unit) {
    Walker<T> walker;
    walker.start(g, seat, block.share.first + (kept ? block.share.given() : 0), unit.channel);
    pass(
        at, side, kept, walker,
        [&](uint32_t slot, uint32_t sideSlot, const Walker<T>& w) { apply(slot, sideSlot, w, unit); },
        [&](Walker<T>& w) { w.advance(g, seat, unit.channel); });
  }

  __device__ __forceinline__ void run() {
    const bool plain = g.plain != 0 && p.alpha == 1.0f && p.beta == 0.0f;
    Cursor at = block.main.start(), side = block.side.start();
    uint32_t sequence = 0;
    for (uint32_t index = block.group; index < g.units; index += g.groups, ++sequence) {
      const Unit unit(g, index, sequence);
      block.main.skip(at, block.share.given());
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

template <typename T, bool Packed, bool Add>
__device__ __forceinline__ void forwardKernel(const BnPlanesForward& p) {
  extern __shared__ __align__(128) uint8_t memory[];
  const BnPlanesGeometry& g = p.geometry;
  const Block block = blockOf(g, p.flags, memory);
  prepare<Packed>(g, block);
  constexpr uint32_t crew = roleThreads(Packed);
  constexpr uint32_t mergers = 32 * mergeWarps(Packed);
  const uint32_t thread = threadIdx.x;
  if (thread >= 2 * crew && thread < 2 * crew + mergers) {
    ForwardMerge<T, Packed>(p, block, thread - 2 * crew).run();
    return;
  }
  if (thread < crew) {
    ForwardSums<T, Packed>(p, block, thread).run(thread);
  } else if (thread < 2 * crew) {
    if ((p.flags & BN_STATISTICS_ONLY) == 0) {
      ForwardApply<T, Packed, Add>(p, block, thread - crew).run();
    }
  } else {
    Stream<T, 1> main(g, block.main, block.share, block.group, false);
    main.tensors[0] = alignedBase<T>(g, p.x);
    if constexpr (Add) {
      Stream<T, 1> side(g, block.side, block.share, block.group, true);
      side.tensors[0] = alignedBase<T>(g, p.z);
      if ((p.flags & BN_STATISTICS_ONLY) == 0) {
        feedBoth(g, main, side);
      }
    } else {
      feed(g, main, p.flags);
    }
  }
  meetCluster(g);
}

} // namespace bn::planes
