// float64 references of what planes/ computes: on the CPU for small tensors, and the same arithmetic on
// the GPU for those too large for it; and the comparison of every element.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "../../common/elements.cuh"

namespace reference {

using bn::widen;

struct Case {
  int64_t n, c, s;
  double epsilon;
};

struct ChannelSums {
  double mean, m2, inverse;    // forward
  double dy, dyX, absDy, absDyX; // backward
};

__device__ inline double blockSum(double value) {
  __shared__ double parts[1024];
  parts[threadIdx.x] = value;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    if (static_cast<int>(threadIdx.x) < half) {
      parts[threadIdx.x] += parts[threadIdx.x + half];
    }
    __syncthreads();
  }
  const double total = parts[0];
  __syncthreads();
  return total;
}

// One block a channel. y: what the mask is taken from, or null.
template <typename T> __global__ void channelSums(Case k, const T* x, const T* dy, const T* y, ChannelSums* out) {
  const int64_t channel = blockIdx.x;
  const int64_t m = k.n * k.s;
  const auto at = [&](int64_t i) { return (i / k.s * k.c + channel) * k.s + i % k.s; };
  double sum = 0;
  for (int64_t i = threadIdx.x; i < m; i += blockDim.x) {
    sum += static_cast<double>(widen(x[at(i)]));
  }
  const double mean = blockSum(sum) / static_cast<double>(m);
  double squares = 0;
  for (int64_t i = threadIdx.x; i < m; i += blockDim.x) {
    const double d = static_cast<double>(widen(x[at(i)])) - mean;
    squares += d * d;
  }
  const double m2 = blockSum(squares);
  const double inverse = 1.0 / sqrt(m2 / static_cast<double>(m) + k.epsilon);
  double sums[4] = {0, 0, 0, 0};
  if (dy != nullptr) {
    for (int64_t i = threadIdx.x; i < m; i += blockDim.x) {
      const int64_t j = at(i);
      const double g = y != nullptr && widen(y[j]) <= 0.0f ? 0.0 : static_cast<double>(widen(dy[j]));
      const double gx = g * (static_cast<double>(widen(x[j])) - mean) * inverse;
      sums[0] += g;
      sums[1] += gx;
      sums[2] += fabs(g);
      sums[3] += fabs(gx);
    }
  }
  for (double& s : sums) {
    s = blockSum(s);
  }
  if (threadIdx.x == 0) {
    out[channel] = {mean, m2, inverse, sums[0], sums[1], sums[2], sums[3]};
  }
}

// The same on the CPU.
template <typename T>
std::vector<ChannelSums> channelSumsOnCpu(Case k, const std::vector<T>& x, const std::vector<T>& dy,
                                          const std::vector<T>* y, double (*wide)(T)) {
  std::vector<ChannelSums> all(k.c);
  for (int64_t channel = 0; channel < k.c; ++channel) {
    const int64_t m = k.n * k.s;
    const auto at = [&](int64_t i) { return (i / k.s * k.c + channel) * k.s + i % k.s; };
    ChannelSums t{};
    for (int64_t i = 0; i < m; ++i) t.mean += wide(x[at(i)]);
    t.mean /= static_cast<double>(m);
    for (int64_t i = 0; i < m; ++i) t.m2 += (wide(x[at(i)]) - t.mean) * (wide(x[at(i)]) - t.mean);
    t.inverse = 1.0 / std::sqrt(t.m2 / static_cast<double>(m) + k.epsilon);
    for (int64_t i = 0; i < m; ++i) {
      const int64_t j = at(i);
      const double g = y != nullptr && wide((*y)[j]) <= 0.0 ? 0.0 : wide(dy[j]);
      const double gx = g * (wide(x[j]) - t.mean) * t.inverse;
      t.dy += g;
      t.dyX += gx;
      t.absDy += std::fabs(g);
      t.absDyX += std::fabs(gx);
    }
    all[channel] = t;
  }
  return all;
}

// Distance of two neighbouring values of T at |value|.
template <typename T> __device__ inline double ulpAt(double value);
template <> __device__ inline double ulpAt<float>(double value) {
  return ldexp(1.0, max(ilogb(fmax(fabs(value), 1e-300)), -126) - 23);
}
template <> __device__ inline double ulpAt<__half>(double value) {
  return ldexp(1.0, max(ilogb(fmax(fabs(value), 1e-300)), -14) - 10);
}
template <> __device__ inline double ulpAt<__nv_bfloat16>(double value) {
  return ldexp(1.0, max(ilogb(fmax(fabs(value), 1e-300)), -126) - 7);
}

struct Worst {
  unsigned long long relative; // worst error over the scale, as the bits of a double (orders like one)
  unsigned long long absolute;
  unsigned long long unequal;  // elements that are non-finite or unwritten
  unsigned long long masks;    // z gradients that differ
};

__device__ inline void note(unsigned long long* worst, double value) {
  if (!(value >= 0)) {
    value = 1e300;
  }
  atomicMax(worst, static_cast<unsigned long long>(__double_as_longlong(value)));
}

struct ForwardOptions {
  double alpha, beta;
  bool relu;
};

// relative: float, |error| in ULPs of the channel's largest |y| or |bias|; 16 bit, |error| in ULPs of the
// correctly rounded value, less the half that rounding itself may cost.
template <typename T>
__global__ void compareForward(Case k, const T* x, const T* z, const T* before, const T* y, const float* scale,
                               const float* bias, const ChannelSums* sums, ForwardOptions o, Worst* worst) {
  double relative = 0, absolute = 0;
  unsigned long long unequal = 0;
  const int64_t total = k.n * k.c * k.s;
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < total;
       i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const int64_t c = i / k.s % k.c;
    double v = (static_cast<double>(widen(x[i])) - sums[c].mean) * sums[c].inverse * static_cast<double>(scale[c]) +
               static_cast<double>(bias[c]);
    // The channel's largest values are at least about 3 deviations out.
    const double bias_ = fabs(static_cast<double>(bias[c]));
    double size = fmax(fabs(v), bias_ + 3.0 * fabs(static_cast<double>(scale[c])));
    if (z != nullptr) {
      v += static_cast<double>(widen(z[i]));
      size += fabs(static_cast<double>(widen(z[i])));
    }
    if (o.relu) v = fmax(v, 0.0);
    v *= o.alpha;
    if (o.beta != 0) {
      v += o.beta * static_cast<double>(widen(before[i]));
      size += fabs(o.beta * static_cast<double>(widen(before[i])));
    }
    const double got = static_cast<double>(widen(y[i]));
    if (!isfinite(got)) {
      ++unequal;
      continue;
    }
    const double error = fabs(got - v);
    absolute = fmax(absolute, error);
    relative = fmax(relative, sizeof(T) == 4 ? error / (ulpAt<float>(fmax(size, 1.0)))
                                             : fmax(0.0, error - 4e-7 * size) / ulpAt<T>(v));
  }
  note(&worst->relative, relative);
  note(&worst->absolute, absolute);
  atomicAdd(&worst->unequal, unequal);
}

struct BackwardOptions {
  double alpha, beta;
};

// relative: |error| beyond rounding to T, over the sum of |terms| of the element.
template <typename T>
__global__ void compareBackward(Case k, const T* x, const T* dy, const T* y, const T* before, const T* dx, const T* dz,
                                const float* scale, const ChannelSums* sums, BackwardOptions o, Worst* worst) {
  double relative = 0, absolute = 0;
  unsigned long long unequal = 0, masks = 0;
  const int64_t total = k.n * k.c * k.s;
  const double m = static_cast<double>(k.n * k.s);
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < total;
       i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const int64_t c = i / k.s % k.c;
    const ChannelSums& t = sums[c];
    const double g = y != nullptr && widen(y[i]) <= 0.0f ? 0.0 : static_cast<double>(widen(dy[i]));
    const double normal = (static_cast<double>(widen(x[i])) - t.mean) * t.inverse;
    const double slope = t.inverse * static_cast<double>(scale[c]) * o.alpha;
    double v = slope * (g - t.dy / m - normal * t.dyX / m);
    double size = fabs(slope) * (fabs(g) + t.absDy / m + fabs(normal) * t.absDyX / m);
    if (o.beta != 0) {
      v += o.beta * static_cast<double>(widen(before[i]));
      size += fabs(o.beta * static_cast<double>(widen(before[i])));
    }
    const double got = static_cast<double>(widen(dx[i]));
    if (!isfinite(got)) {
      ++unequal;
      continue;
    }
    const double error = fabs(got - v);
    absolute = fmax(absolute, error);
    const double rounding = sizeof(T) == 4 ? 0.0 : 0.5 * ulpAt<T>(v);
    relative = fmax(relative, fmax(0.0, error - rounding) / size);
    if (dz != nullptr && !(static_cast<double>(widen(dz[i])) == g)) {
      ++masks;
    }
  }
  note(&worst->relative, relative);
  note(&worst->absolute, absolute);
  atomicAdd(&worst->unequal, unequal);
  atomicAdd(&worst->masks, masks);
}

static __global__ void hashWords(const uint32_t* words, int64_t count, unsigned long long* out) {
  unsigned long long h = 0;
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < count;
       i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    unsigned long long v = (static_cast<unsigned long long>(words[i]) + 0x9e3779b97f4a7c15ull) * (2 * i + 1);
    v ^= v >> 29;
    h += v * 0xbf58476d1ce4e5b9ull;
  }
  atomicAdd(out, h);
}

__device__ inline float uniform(uint64_t i, uint64_t seed) {
  uint64_t v = (i + seed * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
  v ^= v >> 31;
  v *= 0x94d049bb133111ebull;
  v ^= v >> 29;
  return (static_cast<float>(v >> 40) + 0.5f) * (1.0f / 16777216.0f);
}

// mean + deviation * (about normal)
template <typename T>
__global__ void fillNormal(T* out, int64_t total, uint64_t seed, double mean, double deviation) {
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < total;
       i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const float a = uniform(2 * i, seed), b = uniform(2 * i + 1, seed);
    const double normal = sqrt(-2.0 * log(static_cast<double>(a))) * cospi(2.0 * static_cast<double>(b));
    out[i] = bn::narrow<T>(static_cast<float>(mean + deviation * normal));
  }
}

} // namespace reference
