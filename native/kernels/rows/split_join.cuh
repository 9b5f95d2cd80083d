// Second launch of the split path: chunks join to channels, and what is written once a channel is written.
#pragma once

#include <cstdint>

#include "split_sums.cuh"

namespace bn {

constexpr uint32_t joinChannels = 8; // of a block
constexpr uint32_t joinThreads = 128; // a channel

// A channel's parts of all chunks and of all columns that are this channel; result in lane 0.
template <typename Joiner> __device__ __forceinline__ Joiner joinChunks(const BnRowsSplit& p, uint32_t channel) {
  __shared__ float4 sums[joinThreads][joinChannels];
  const uint32_t perSuperRow = p.columns / p.channels, total = p.chunks * perSuperRow;
  const Part* all = pointer<Part>(p.partials);
  const auto part = [&](uint32_t index) {
    const uint32_t chunk = index / perSuperRow, column = (index - chunk * perSuperRow) * p.channels + channel;
    return all[static_cast<int64_t>(chunk) * p.columns + column];
  };
  Joiner joiner(channel < p.channels ? part(0) : Part{0.0f, 0.0f, 0.0f, 0.0f});
  if (channel < p.channels) {
    constexpr int batch = 4;
    for (uint32_t index = threadIdx.y; index < total; index += joinThreads * batch) {
      Part seen[batch];
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        seen[i] = part(min(index + joinThreads * i, total - 1));
      }
#pragma unroll
      for (int i = 0; i < batch; ++i) {
        if (index + joinThreads * i < total) {
          joiner.add(seen[i]);
        }
      }
    }
  }
  for (uint32_t half = joinThreads / 2; half > 0; half /= 2) {
    if (threadIdx.y >= half && threadIdx.y < 2 * half) {
      sums[threadIdx.y][threadIdx.x] = joiner.sums();
    }
    __syncthreads();
    if (threadIdx.y < half) {
      joiner.add(sums[threadIdx.y + half][threadIdx.x]);
    }
  }
  return joiner;
}

template <typename T> __device__ __forceinline__ void finishMoments(const BnRowsSplit& p) {
  const uint32_t channel = blockIdx.x * joinChannels + threadIdx.x;
  MomentsJoiner joiner = joinChunks<MomentsJoiner>(p, channel);
  if (threadIdx.y != 0 || channel >= p.channels) {
    return;
  }
  const T* x = pointer<T>(p.x);
  const float origin = widen(x[channel]);
  for (int64_t i = p.elements / p.columns * p.columns + channel; i < p.elements; i += p.channels) {
    joiner.add(Part{widen(x[i]) - origin, 0.0f, 0.0f, 1.0f});
  }
  const Part sums = joiner.result();
  const double mean = static_cast<double>(origin) + sums.high + sums.low, variance = sums.m2 * p.inverseRows;
  const TwoWords words = splitWords(mean);
  const float inverse = inverseDeviation(static_cast<float>(variance), p.epsilon);
  if (p.coefficients != 0) {
    float* coefficients = pointer<float>(p.coefficients);
    const float slope = inverse * pointer<float>(p.scale)[channel];
    coefficients[channel] = words.hi;
    coefficients[p.channels + channel] = slope;
    coefficients[2 * p.channels + channel] = fmaf(-words.lo, slope, pointer<float>(p.bias)[channel]);
  }
  writeStatistics(p, channel, mean, variance, words, inverse, readRunning(p, channel));
}

template <typename T> __device__ __forceinline__ void finishGradients(const BnRowsSplit& p) {
  const uint32_t channel = blockIdx.x * joinChannels + threadIdx.x;
  const Part sums = joinChunks<SumsJoiner>(p, channel).result();
  if (threadIdx.y != 0 || channel >= p.channels) {
    return;
  }
  Normaliser normal[1];
  loadNormalisers<1>(p, channel, normal);
  float sumG = sums.high, sumGx = sums.m2;
  for (int64_t i = p.elements / p.columns * p.columns + channel; i < p.elements; i += p.channels) {
    const float dy = widen(pointer<T>(p.dy)[i]);
    const float g = p.y != 0 ? maskedGradient(dy, widen(pointer<T>(p.y)[i])) : dy;
    sumG += g;
    sumGx = fmaf(g, normal[0](widen(pointer<T>(p.x)[i])), sumGx);
  }
  const float low = p.savedMeanLow != 0 ? pointer<float>(p.savedMeanLow)[channel] : 0.0f;
  const float slope = p.alpha * pointer<float>(p.scale)[channel] * normal[0].inverse;
  const float inverseRows = static_cast<float>(p.inverseRows);
  const float tilt = -slope * (normal[0].inverse * (sumGx * inverseRows));
  float* coefficients = pointer<float>(p.coefficients);
  coefficients[channel] = normal[0].high;
  coefficients[p.channels + channel] = tilt;
  coefficients[2 * p.channels + channel] = fmaf(-low, tilt, -slope * (sumG * inverseRows));
  coefficients[3 * p.channels + channel] = slope;
  blendParameter(p.dScale, channel, sumGx, p.alphaParameters, p.betaParameters);
  blendParameter(p.dBias, channel, sumG, p.alphaParameters, p.betaParameters);
}

} // namespace bn
