// Which elements of the tensor a thread meets in a slot.
//
// A row is the part of one sample that belongs to the unit: K adjacent planes. Rows start anywhere, so a
// row is seen as the aligned 16-byte granules it touches; the first and the last may hold elements of
// neighbours, which are left out by `first` and `last`. Granules that stick out of the tensor itself are
// not copied by the engine: their elements are read one at a time.
#pragma once

#include "../common/elements.cuh"
#include "../common/memory.cuh"
#include "shared_memory.h"

namespace bn::planes {

template <typename T> constexpr int granuleShift = sizeof(T) == 4 ? 2 : 3;

struct Place {
  int64_t granule; // index of the granule, counted from the aligned start of the tensor
  int first;       // elements first .. last - 1 of the granule are the row's
  int last;
};

// A row of the unit: where it starts, and how many elements of its first granule come before it.
struct RowStart {
  int64_t granule;
  int phase;
};

template <typename T>
__device__ __forceinline__ RowStart rowStart(const BnPlanesGeometry& g, uint32_t sample, uint32_t channel) {
  const int64_t element =
      static_cast<int64_t>(sample) * g.sampleStride + static_cast<int64_t>(channel) * g.plane + g.phase;
  RowStart row;
  row.granule = element >> granuleShift<T>;
  row.phase = static_cast<int>(element) & (elementsPerGranule<T> - 1);
  return row;
}

// First granule that lies inside the tensor whole, and one past the last.
template <typename T> __device__ __forceinline__ int64_t insideBegin(const BnPlanesGeometry& g) {
  return g.phase == 0 ? 0 : 1;
}

template <typename T> __device__ __forceinline__ int64_t insideEnd(const BnPlanesGeometry& g) {
  return (g.phase + g.elements) >> granuleShift<T>;
}

// Which sample and which piece of its row item `item` of a unit is.
struct Item {
  uint32_t sample;
  uint32_t piece;
};

__device__ __forceinline__ Item itemAt(const BnPlanesGeometry& g, uint32_t item) {
  if (g.rowPieces == 1) {
    return {item * g.slotRows, 0};
  }
  const uint32_t sample = item / g.rowPieces;
  return {sample, item - sample * g.rowPieces};
}

__device__ __forceinline__ void advance(const BnPlanesGeometry& g, Item& item) {
  if (g.rowPieces == 1) {
    item.sample += g.slotRows;
  } else if (++item.piece == g.rowPieces) {
    item.piece = 0;
    ++item.sample;
  }
}

// This thread's corner of every slot.
struct Seat {
  uint32_t row;    // row of the slot
  uint32_t column; // granule of the row's piece
  uint32_t offset; // bytes from the slot's start
  bool taken;
};

__device__ __forceinline__ Seat seatOf(const BnPlanesGeometry& g, uint32_t thread) {
  Seat seat;
  seat.row = thread / g.pieceGranules;
  seat.column = thread - seat.row * g.pieceGranules;
  seat.offset = thread * 16;
  seat.taken = seat.row < g.slotRows;
  return seat;
}

// Walks a thread through the items of its share. What changes from item to item is kept, not computed
// anew: this runs once a granule.
template <typename T> struct Walker {
  static constexpr int elements = elementsPerGranule<T>;

  uint32_t sample;
  uint32_t piece;
  int position;    // column of the granule's element 0 in the row
  int64_t granule; // index of the granule in the tensor

  __device__ __forceinline__ void start(const BnPlanesGeometry& g, const Seat& seat, uint32_t itemIndex,
                                        uint32_t channel) {
    const Item item = itemAt(g, itemIndex);
    piece = item.piece;
    // A seat that is not taken looks like one beyond the last sample.
    sample = seat.taken ? item.sample + seat.row : 0x80000000u;
    locate(g, seat, channel);
  }

  __device__ __forceinline__ void locate(const BnPlanesGeometry& g, const Seat& seat, uint32_t channel) {
    const RowStart row = rowStart<T>(g, sample, channel);
    const int column = static_cast<int>(piece * g.pieceGranules + seat.column);
    position = column * elements - row.phase;
    granule = row.granule + column;
  }

  __device__ __forceinline__ void advance(const BnPlanesGeometry& g, const Seat& seat, uint32_t channel) {
    if (g.rowPieces == 1) {
      sample += g.slotRows;
      if (g.uniformRows != 0) {
        granule += g.itemGranules;
        return;
      }
    } else {
      ++piece;
      position += static_cast<int>(g.pieceGranules) * elements;
      granule += g.pieceGranules;
      if (piece != g.rowPieces) {
        return;
      }
      piece = 0;
      ++sample;
      if (g.uniformRows != 0) {
        position -= static_cast<int>(g.rowPieces * g.pieceGranules) * elements;
        granule += g.itemGranules - static_cast<int64_t>(g.rowPieces * g.pieceGranules);
        return;
      }
    }
    locate(g, seat, channel);
  }

  // All elements of the granule are the row's.
  __device__ __forceinline__ bool whole(const BnPlanesGeometry& g, int length) const {
    return sample < g.samples && position >= 0 && position <= length - elements;
  }

  // At least one is.
  __device__ __forceinline__ bool touches(const BnPlanesGeometry& g, int length) const {
    return sample < g.samples && position > -elements && position < length;
  }

  __device__ __forceinline__ Place place(int length) const {
    return {granule, max(0, -position), min(elements, length - position)};
  }
};

// How many values of one channel the items before `item` hold: it gives every block the counts of the
// others without sending them.
template <typename T>
__device__ __forceinline__ int64_t valuesBefore(const BnPlanesGeometry& g, uint32_t item, uint32_t channel) {
  if (g.rowPieces == 1) {
    return static_cast<int64_t>(min(item * g.slotRows, g.samples)) * g.plane;
  }
  const Item at = itemAt(g, item);
  const RowStart row = rowStart<T>(g, at.sample, channel);
  const int64_t before =
      static_cast<int64_t>(at.piece) * g.pieceGranules * elementsPerGranule<T> - row.phase;
  const int64_t inside = before < 0 ? 0 : (before > g.plane ? g.plane : before);
  return static_cast<int64_t>(at.sample) * g.plane + inside;
}

// Items rank .. of a group: [firstItem(rank), firstItem(rank + 1)).
__device__ __forceinline__ uint32_t firstItem(const BnPlanesGeometry& g, uint32_t rank) {
  return static_cast<uint32_t>(static_cast<uint64_t>(g.items) * rank / g.groupBlocks);
}

// The tensor at its address rounded down to 16 bytes, so that granule indices apply.
template <typename T> __device__ __forceinline__ T* alignedBase(const BnPlanesGeometry& g, uint64_t address) {
  return reinterpret_cast<T*>(address) - g.phase;
}

// The same where nothing is at a rim: a granule counts whole or not at all. `here` is the sample or, of a
// row in pieces, the granule of the row; it counts while it is below `end`.
struct PlainWalker {
  uint32_t here;
  uint32_t end;
  uint32_t step;
  uint32_t piecesLeft; // until the row's end; never reached where slots hold whole rows

  __device__ __forceinline__ void start(const BnPlanesGeometry& g, const Seat& seat, uint32_t itemIndex) {
    const Item item = itemAt(g, itemIndex);
    const bool rows = g.rowPieces == 1;
    here = rows ? item.sample + seat.row : item.piece * g.pieceGranules + seat.column;
    end = seat.taken ? (rows ? g.samples : g.rowGranules) : 0;
    step = rows ? g.slotRows : g.pieceGranules;
    piecesLeft = rows ? 0xffffffffu : g.rowPieces - item.piece;
  }

  __device__ __forceinline__ bool inside() const { return here < end; }

  // True at the start of a new row in pieces.
  __device__ __forceinline__ bool advance(const BnPlanesGeometry& g) {
    here += step;
    if (--piecesLeft != 0) {
      return false;
    }
    here -= g.rowPieces * g.pieceGranules;
    piecesLeft = g.rowPieces;
    return true;
  }
};

// And with the address of the granule in a tensor, for those who write.
struct PlainWriter {
  PlainWalker walker;
  int64_t offset; // bytes
  uint32_t step;

  template <typename T>
  __device__ __forceinline__ void start(const BnPlanesGeometry& g, const Seat& seat, uint32_t itemIndex,
                                        uint32_t channel) {
    walker.start(g, seat, itemIndex);
    const Item item = itemAt(g, itemIndex);
    const RowStart row = rowStart<T>(g, item.sample + seat.row, channel);
    offset = (row.granule + item.piece * g.pieceGranules + seat.column) * 16;
    step = (g.rowPieces == 1 ? g.itemGranules : g.pieceGranules) * 16;
  }

  __device__ __forceinline__ void advance(const BnPlanesGeometry& g) {
    offset += step;
    if (walker.advance(g)) {
      offset += (static_cast<int64_t>(g.itemGranules) - static_cast<int64_t>(g.rowPieces * g.pieceGranules)) * 16;
    }
  }
};

template <typename T>
__device__ __forceinline__ void readShared(uint32_t shared, float (&values)[elementsPerGranule<T>]) {
  unpack<T>(loadShared(shared), values);
}

// A granule at the rim of a row is handled one element at a time. What sticks out of the tensor was not
// copied to shared memory.
template <typename T> struct Rim {
  bool copied;
  int64_t element; // index of the granule's element 0 in the tensor

  __device__ __forceinline__ Rim(const BnPlanesGeometry& g, int64_t granule)
      : copied(granule >= insideBegin<T>(g) && granule < insideEnd<T>(g)),
        element(granule * elementsPerGranule<T>) {}

  // `slot` is where the granule lies, or would lie, in shared memory.
  __device__ __forceinline__ T read(const T* slot, const T* tensor, int e) const {
    return copied ? slot[e] : tensor[element + e];
  }
};

template <typename T>
__device__ __forceinline__ void writeWhole(T* tensor, int64_t granule,
                                           const float (&values)[elementsPerGranule<T>]) {
  storePlain(tensor + granule * elementsPerGranule<T>, pack<T>(values));
}

// out = result + beta * old, when beta is not 0.
template <typename T>
__device__ __forceinline__ void blendWithOld(const T* tensor, int64_t granule, float beta,
                                             float (&values)[elementsPerGranule<T>]) {
  constexpr int elements = elementsPerGranule<T>;
  float old[elements];
  unpack<T>(loadPlain(tensor + granule * elements), old);
#pragma unroll
  for (int e = 0; e < elements; ++e) {
    values[e] = fmaf(beta, old[e], values[e]);
  }
}

} // namespace bn::planes
