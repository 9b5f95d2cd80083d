// Where the granules of a channel lie in a packed N, C, S tensor.
#pragma once

#include "../common/elements.cuh"
#include "../elementwise/stream.cuh"
#include "batches.cuh"
#include "genericParams.h"

namespace bn {

/** An aligned granule and which of its elements are the channel's. */
struct GranulePlace {
  uint64_t element;
  uint32_t live;
  bool inside; // all 16 bytes belong to the tensor
};

/** The channel's granule number `index`. RAGGED: planes may start and end inside a granule. */
template <typename T, bool RAGGED>
__device__ __forceinline__ GranulePlace granuleOf(const PlanesShape& shape, uint32_t channel, uint32_t index) {
  constexpr uint32_t SIZE = elementsPerGranule<T>;
  const uint32_t sample = quotientOf(index, shape.granulesPerPlane);
  const uint32_t within = index - sample * shape.granulesPerPlane.divisor;
  const uint64_t start = (static_cast<uint64_t>(sample) * shape.channels + channel) * shape.plane;
  if (!RAGGED) return GranulePlace{start + within * SIZE, allLive<SIZE>, true};
  const uint64_t element = (start & ~static_cast<uint64_t>(SIZE - 1)) + static_cast<uint64_t>(within) * SIZE;
  const int64_t before = static_cast<int64_t>(start) - static_cast<int64_t>(element);
  const int64_t after = before + static_cast<int64_t>(shape.plane);
  const uint32_t fromStart = before <= 0 ? allLive<SIZE> : allLive<SIZE> & (allLive<SIZE> << (before & 31));
  const uint32_t toEnd = after >= static_cast<int64_t>(SIZE) ? allLive<SIZE> : after <= 0 ? 0u : (1u << after) - 1u;
  return GranulePlace{element, fromStart & toEnd, element + SIZE <= shape.count};
}

/** The last granule of a tensor, of which some bytes are not the tensor's. */
template <typename T> __device__ __forceinline__ uint4 loadSingly(uint64_t tensor, const GranulePlace& place) {
  Accumulator<T> values[elementsPerGranule<T>];
#pragma unroll
  for (int i = 0; i < elementsPerGranule<T>; i++) {
    values[i] = place.live >> i & 1u ? widen(*at<T>(tensor, place.element + i)) : Accumulator<T>(0);
  }
  return pack<T>(values);
}

/** The live elements of a granule; others read as anything finite or not. */
template <typename T, bool RAGGED>
__device__ __forceinline__ uint4 loadLive(uint64_t tensor, const GranulePlace& place) {
  if constexpr (RAGGED) {
    if (!place.inside) return loadSingly<T>(tensor, place);
  }
  return loadGranule(at<T>(tensor, place.element));
}

template <typename T, bool RAGGED>
__device__ __forceinline__ void storeLive(uint64_t tensor, const GranulePlace& place,
                                          const Accumulator<T> (&values)[elementsPerGranule<T>]) {
  if constexpr (RAGGED) {
    if (place.live != allLive<elementsPerGranule<T>>) {
#pragma unroll
      for (int i = 0; i < elementsPerGranule<T>; i++) {
        if (place.live >> i & 1u) *at<T>(tensor, place.element + i) = narrow<T>(values[i]);
      }
      return;
    }
  }
  storeGranule(at<T>(tensor, place.element), pack<T>(values));
}

} // namespace bn
