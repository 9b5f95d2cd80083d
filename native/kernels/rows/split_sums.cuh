// Rows of channels in three launches: sums of chunks of rows, their join a channel, and the elementwise
// pass. Reads twice, but takes any C, any alignment, any size, needs no block to wait for another, and
// runs on compute capability 7.5.
//
// The tensor is seen as super rows: so many rows that they are whole vectors (C = 30 floats: two rows, 15
// vectors). Column j of a super row belongs to channel j mod C. Rows after the last whole super row are
// the tail: fewer than elements in a vector, joined one by one.
#pragma once

#include <cstdint>

#include "../common/elements.cuh"
#include "../common/memory.cuh"
#include "channel_results.cuh"
#include "thread_sums.cuh"

namespace bn {

constexpr uint32_t splitThreads = 256;

// A vector of V elements as it lies in memory: 16 bytes, or one element where the tensor is not aligned.
// Several are asked for before the first is unpacked: 4 registers each.
template <typename T, int V> struct Vector {
  uint4 bits;

  __device__ __forceinline__ void load(uint64_t base, int64_t offset) { bits = loadPlain(pointer<T>(base) + offset); }
  __device__ __forceinline__ void store(uint64_t base, int64_t offset) const {
    storeStreaming(pointer<T>(base) + offset, bits);
  }
  __device__ __forceinline__ void get(float (&values)[V]) const { unpack<T>(bits, values); }
  __device__ __forceinline__ void set(const float (&values)[V]) { bits = pack<T>(values); }
};

template <typename T> struct Vector<T, 1> {
  T bits;

  __device__ __forceinline__ void load(uint64_t base, int64_t offset) { bits = pointer<T>(base)[offset]; }
  __device__ __forceinline__ void store(uint64_t base, int64_t offset) const { pointer<T>(base)[offset] = bits; }
  __device__ __forceinline__ void get(float (&values)[1]) const { values[0] = widen(bits); }
  __device__ __forceinline__ void set(const float (&values)[1]) { bits = narrow<T>(values[0]); }
};

// Which column of which super rows a thread works on.
struct SplitPlace {
  uint32_t vector;  // in the super row
  uint32_t lane;    // rows of a block
  uint32_t lanes;
  bool active;

  __device__ __forceinline__ SplitPlace(const BnRowsSplit& p, uint32_t vectors) {
    const uint32_t column = threadIdx.x % p.tileVectors;
    lanes = splitThreads / p.tileVectors;
    lane = threadIdx.x / p.tileVectors;
    vector = blockIdx.y * p.tileVectors + column;
    active = lane < lanes && vector < vectors;
  }
};

// Joins the lanes of a block, a halving at a time, and writes the block's part of every column.
template <typename Joiner, int V>
__device__ __forceinline__ void writePartials(const BnRowsSplit& p, const SplitPlace& place, float count,
                                              const float (&a)[V], const float (&b)[V]) {
  __shared__ float2 sums[V][splitThreads];
  __shared__ float counts[splitThreads];
  counts[threadIdx.x] = count;
#pragma unroll
  for (int e = 0; e < V; ++e) {
    sums[e][threadIdx.x] = make_float2(a[e], b[e]);
  }
  for (uint32_t rest = place.lanes; rest > 1;) {
    const uint32_t half = (rest + 1) / 2;
    __syncthreads();
    if (place.lane + half < rest) {
      const uint32_t other = threadIdx.x + half * p.tileVectors;
      float weight, cross;
      joinWeights(counts[threadIdx.x], counts[other], weight, cross);
      counts[threadIdx.x] += counts[other];
#pragma unroll
      for (int e = 0; e < V; ++e) {
        float2& mine = sums[e][threadIdx.x];
        Joiner::pair(mine.x, mine.y, sums[e][other].x, sums[e][other].y, weight, cross);
      }
    }
    rest = half;
  }
  if (place.lane == 0 && place.active) { // what it reads, it wrote itself
    Part* out = pointer<Part>(p.partials) + static_cast<int64_t>(blockIdx.x) * p.columns + place.vector * V;
#pragma unroll
    for (int e = 0; e < V; ++e) {
      out[e] = {sums[e][threadIdx.x].x, 0.0f, sums[e][threadIdx.x].y, counts[threadIdx.x]};
    }
  }
}

template <typename T, int V> __device__ __forceinline__ void splitMoments(const BnRowsSplit& p) {
  const SplitPlace place(p, p.columns / V);
  const int64_t superRows = p.elements / p.columns;
  ThreadMoments<V> moments;
  if (place.active) {
    float origin[V];
#pragma unroll
    for (int e = 0; e < V; ++e) {
      origin[e] = widen(pointer<T>(p.x)[(place.vector * V + e) % p.channels]);
    }
    const int64_t step = static_cast<int64_t>(gridDim.x) * place.lanes;
    uint32_t inBlock = 0;
    constexpr int batch = 4;
    for (int64_t row = static_cast<int64_t>(blockIdx.x) * place.lanes + place.lane; row < superRows;
         row += step * batch) {
      Vector<T, V> x[batch];
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        x[i].load(p.x, min(row + i * step, superRows - 1) * p.columns + place.vector * V);
      }
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        float values[V];
        x[i].get(values);
        if (i == 0 && inBlock == 0) {
          moments.start(values);
        }
        if (row + i * step < superRows) {
          moments.add(values);
        }
      }
      inBlock += batch;
      if (inBlock == momentBlock) {
        moments.endBlock(origin);
        inBlock = 0;
      }
    }
    moments.endBlock(origin);
  }
  writePartials<MomentsJoiner, V>(p, place, moments.count, moments.mean, moments.m2);
}

// The gradient at an element: dy, or 0 where the activation's y says that nothing passed.
__device__ __forceinline__ float maskedGradient(float dy, float y) { return y <= 0.0f ? 0.0f : dy; }

template <typename T, int V>
__device__ __forceinline__ void maskedGradients(const Vector<T, V>& dy, const Vector<T, V>& y, bool masked,
                                                float (&g)[V]) {
  dy.get(g);
  if (masked) {
    float values[V];
    y.get(values);
#pragma unroll
    for (int e = 0; e < V; ++e) {
      g[e] = maskedGradient(g[e], values[e]);
    }
  }
}

template <int V> __device__ __forceinline__ void loadNormalisers(const BnRowsSplit& p, uint32_t column,
                                                                 Normaliser (&normal)[V]) {
#pragma unroll
  for (int e = 0; e < V; ++e) {
    const uint32_t channel = (column + e) % p.channels;
    const float low = p.savedMeanLow != 0 ? pointer<float>(p.savedMeanLow)[channel] : 0.0f;
    normal[e].high = pointer<float>(p.savedMean)[channel];
    normal[e].inverse = pointer<float>(p.savedInverse)[channel];
    normal[e].offset = -low * normal[e].inverse;
  }
}

template <typename T, int V> __device__ __forceinline__ void splitGradients(const BnRowsSplit& p) {
  const SplitPlace place(p, p.columns / V);
  const int64_t superRows = p.elements / p.columns;
  ThreadGradients<V> gradients;
  if (place.active) {
    Normaliser normal[V];
    loadNormalisers<V>(p, place.vector * V, normal);
    const int64_t step = static_cast<int64_t>(gridDim.x) * place.lanes;
    uint32_t inBlock = 0;
    constexpr int batch = 2;
    for (int64_t row = static_cast<int64_t>(blockIdx.x) * place.lanes + place.lane; row < superRows;
         row += step * batch) {
      Vector<T, V> x[batch], dy[batch], y[batch];
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        const int64_t offset = min(row + i * step, superRows - 1) * p.columns + place.vector * V;
        x[i].load(p.x, offset);
        dy[i].load(p.dy, offset);
        if (p.y != 0) {
          y[i].load(p.y, offset);
        }
      }
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        if (row + i * step < superRows) {
          float xValues[V], g[V];
          x[i].get(xValues);
          maskedGradients<T, V>(dy[i], y[i], p.y != 0, g);
          gradients.add(g, xValues, normal);
        }
      }
      if ((++inBlock & 31) == 0) {
        gradients.endBlock();
      }
    }
    gradients.endBlock();
  }
  writePartials<SumsJoiner, V>(p, place, 0.0f, gradients.bias, gradients.scale);
}

} // namespace bn
