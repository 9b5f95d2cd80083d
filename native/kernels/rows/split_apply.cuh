// Third launch of the split path: every element, with the coefficients of its channel.
#pragma once

#include <cstdint>

#include "split_sums.cuh"

namespace bn {

// values = alpha · values + beta · what the destination holds; beta = 0 never reads.
template <typename T, int V>
__device__ __forceinline__ void blendWith(uint64_t base, int64_t offset, float alpha, float beta, float (&values)[V]) {
  float old[V] = {};
  if (beta != 0.0f) {
    Vector<T, V> bits;
    bits.load(base, offset);
    bits.get(old);
  }
#pragma unroll
  for (int e = 0; e < V; ++e) {
    values[e] = fmaf(beta, old[e], alpha * values[e]);
  }
}

// Lets `Apply` work on the vectors of the thread's column, last rows first (what the sums read last may
// still be in L2), and on the tail.
template <template <typename, int> class Apply, typename T, int V, int Batch>
__device__ __forceinline__ void applyToAll(const BnRowsSplit& p) {
  const SplitPlace place(p, p.columns / V);
  const int64_t superRows = p.elements / p.columns, step = static_cast<int64_t>(gridDim.x) * place.lanes;
  if (place.active) {
    Apply<T, V> apply(p, place.vector * V);
    for (int64_t row = static_cast<int64_t>(blockIdx.x) * place.lanes + place.lane; row < superRows;
         row += step * Batch) {
      int64_t offsets[Batch];
#pragma unroll
      for (int i = 0; i < Batch; ++i) {
        offsets[i] = (superRows - 1 - (row + i * step)) * p.columns + place.vector * V; // negative: no row
      }
      apply.run(offsets);
    }
  }
  if (blockIdx.x == 0 && blockIdx.y == 0) {
    for (int64_t i = superRows * p.columns + threadIdx.x; i < p.elements; i += splitThreads) {
      Apply<T, 1> apply(p, static_cast<uint32_t>(i % p.channels));
      const int64_t offsets[1] = {i};
      apply.run(offsets);
    }
  }
}

template <typename T, int V> class ForwardApply {
public:
  __device__ __forceinline__ ForwardApply(const BnRowsSplit& p, uint32_t column) : p_(p) {
    const float* coefficients = pointer<float>(p_.coefficients);
#pragma unroll
    for (int e = 0; e < V; ++e) {
      const uint32_t channel = (column + e) % p_.channels;
      high_[e] = coefficients[channel];
      slope_[e] = coefficients[p_.channels + channel];
      shift_[e] = coefficients[2 * p_.channels + channel];
    }
  }

  template <int Batch> __device__ __forceinline__ void run(const int64_t (&offsets)[Batch]) {
    Vector<T, V> x[Batch], z[Batch];
#pragma unroll
    for (int i = 0; i < Batch; ++i) {
      x[i].load(p_.x, max(offsets[i], int64_t{0}));
      if (p_.z != 0) {
        z[i].load(p_.z, max(offsets[i], int64_t{0}));
      }
    }
#pragma unroll
    for (int i = 0; i < Batch; ++i) {
      if (offsets[i] >= 0) {
        normalise(x[i], z[i], offsets[i]);
        x[i].store(p_.out, offsets[i]);
      }
    }
  }

private:
  __device__ __forceinline__ void normalise(Vector<T, V>& x, const Vector<T, V>& z, int64_t offset) const {
    float values[V];
    x.get(values);
#pragma unroll
    for (int e = 0; e < V; ++e) {
      values[e] = fmaf(values[e] - high_[e], slope_[e], shift_[e]);
    }
    if (p_.z != 0) {
      float other[V];
      z.get(other);
#pragma unroll
      for (int e = 0; e < V; ++e) {
        values[e] += other[e];
      }
    }
    if ((p_.flags & BN_ROWS_RELU) != 0) {
#pragma unroll
      for (int e = 0; e < V; ++e) {
        values[e] = values[e] <= 0.0f ? 0.0f : values[e];
      }
    }
    if (p_.alpha != 1.0f || p_.beta != 0.0f) {
      blendWith<T, V>(p_.out, offset, p_.alpha, p_.beta, values);
    }
    x.set(values);
  }

  const BnRowsSplit& p_;
  float high_[V], slope_[V], shift_[V];
};

template <typename T, int V> class BackwardApply {
public:
  __device__ __forceinline__ BackwardApply(const BnRowsSplit& p, uint32_t column) : p_(p) {
    const float* coefficients = pointer<float>(p_.coefficients);
#pragma unroll
    for (int e = 0; e < V; ++e) {
      const uint32_t channel = (column + e) % p_.channels;
      high_[e] = coefficients[channel];
      tilt_[e] = coefficients[p_.channels + channel];
      shift_[e] = coefficients[2 * p_.channels + channel];
      slope_[e] = coefficients[3 * p_.channels + channel];
    }
  }

  template <int Batch> __device__ __forceinline__ void run(const int64_t (&offsets)[Batch]) {
    Vector<T, V> x[Batch], dy[Batch], y[Batch];
#pragma unroll
    for (int i = 0; i < Batch; ++i) {
      x[i].load(p_.x, max(offsets[i], int64_t{0}));
      dy[i].load(p_.dy, max(offsets[i], int64_t{0}));
      if (p_.y != 0) {
        y[i].load(p_.y, max(offsets[i], int64_t{0}));
      }
    }
#pragma unroll
    for (int i = 0; i < Batch; ++i) {
      if (offsets[i] >= 0) {
        float g[V];
        maskedGradients<T, V>(dy[i], y[i], p_.y != 0, g);
        if (p_.dz != 0) {
          dy[i].set(g); // exact: dy had this type
          dy[i].store(p_.dz, offsets[i]);
        }
        propagate(x[i], g, offsets[i]);
        x[i].store(p_.out, offsets[i]);
      }
    }
  }

private:
  __device__ __forceinline__ void propagate(Vector<T, V>& x, const float (&g)[V], int64_t offset) const {
    float values[V];
    x.get(values);
#pragma unroll
    for (int e = 0; e < V; ++e) {
      values[e] = fmaf(g[e], slope_[e], fmaf(values[e] - high_[e], tilt_[e], shift_[e]));
    }
    if (p_.beta != 0.0f) {
      blendWith<T, V>(p_.out, offset, 1.0f, p_.beta, values); // alpha is in the coefficients
    }
    x.set(values);
  }

  const BnRowsSplit& p_;
  float high_[V], tilt_[V], shift_[V], slope_[V];
};

} // namespace bn
