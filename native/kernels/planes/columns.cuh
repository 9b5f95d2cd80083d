// Packed rows: K small planes side by side, so a granule may hold the end of one channel and the start of
// the next. A thread keeps sums for each element of its granule (all in the same column of every row), and
// only at the end joins those of one channel: no thread needs a branch a slot.
#pragma once

#include "place.cuh"

namespace bn::planes {

// The one or two channels of a thread's granule: `left` (elements before `border`) and left + 1.
struct Columns {
  int left;   // channel of the unit; −1 where the granule starts with the end of a neighbour
  int border; // first element of channel left + 1
  uint32_t leftEntry;  // where sums of the left part go in the table
  uint32_t rightEntry;
  bool hasLeft;
  bool hasRight;
};

// The phase of a row is the same for all samples that this thread meets (the host sees to that).
template <typename T>
__device__ __forceinline__ Columns columnsOf(const BnPlanesGeometry& g, const Seat& seat) {
  constexpr int elements = elementsPerGranule<T>;
  const int phase = rowStart<T>(g, seat.row, 0).phase;
  const int plane = static_cast<int>(g.plane);
  const int start = static_cast<int>(seat.column) * elements - phase; // column of element 0
  Columns columns;
  columns.left = start < 0 ? -1 : start / plane;
  columns.border = start < 0 ? -start : (columns.left + 1) * plane - start;
  const int channels = static_cast<int>(g.unitChannels);
  columns.hasLeft = seat.taken && columns.left >= 0 && columns.left < channels;
  columns.hasRight = seat.taken && columns.border < elements && columns.left + 1 < channels;
  const auto entry = [&](int channel) {
    const int firstColumn = (channel * plane + phase) / elements;
    return (static_cast<uint32_t>(channel) * g.slotRows + seat.row) * g.entryWidth +
           (seat.column - static_cast<uint32_t>(firstColumn));
  };
  columns.leftEntry = columns.hasLeft ? entry(columns.left) : 0;
  columns.rightEntry = columns.hasRight ? entry(columns.left + 1) : 0;
  return columns;
}

} // namespace bn::planes
