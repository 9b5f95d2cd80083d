// Tensors on the host: exact values as double, and their bytes as the device stores them.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

enum class Type { f32, f16, bf16, f64 };

inline const char* nameOf(Type type) {
  return type == Type::f32 ? "f32" : type == Type::f16 ? "f16" : type == Type::bf16 ? "bf16" : "f64";
}
inline uint32_t sizeOf(Type type) { return type == Type::f64 ? 8 : type == Type::f32 ? 4 : 2; }

inline void store(Type type, uint8_t* at, double value) {
  if (type == Type::f64) std::memcpy(at, &value, 8);
  const float single = (float)value;
  if (type == Type::f32) std::memcpy(at, &single, 4);
  // From double at once: rounding through float twice may be off by half a unit.
  if (type == Type::f16) {
    const __half half = __double2half(value);
    std::memcpy(at, &half, 2);
  }
  if (type == Type::bf16) {
    const __nv_bfloat16 half = __double2bfloat16(value);
    std::memcpy(at, &half, 2);
  }
}

inline double load(Type type, const uint8_t* at) {
  double value;
  float single;
  if (type == Type::f64) return std::memcpy(&value, at, 8), value;
  if (type == Type::f32) return std::memcpy(&single, at, 4), single;
  uint16_t bits;
  std::memcpy(&bits, at, 2);
  if (type == Type::bf16) {
    const uint32_t wide = (uint32_t)bits << 16;
    return std::memcpy(&single, &wide, 4), single;
  }
  __half_raw raw;
  raw.x = bits;
  return __half2float(__half(raw));
}

inline double rounded(Type type, double value) {
  uint8_t bytes[8];
  store(type, bytes, value);
  return load(type, bytes);
}

/** Distance between neighbours near a magnitude. */
inline double unitIn(Type type, double magnitude) {
  const int digits = type == Type::f64 ? 53 : type == Type::f32 ? 24 : type == Type::f16 ? 11 : 8;
  const int least = type == Type::f64 ? -1022 : type == Type::f16 ? -14 : -126;
  if (magnitude == 0 || !std::isfinite(magnitude)) return std::ldexp(1.0, least - digits + 1);
  return std::ldexp(1.0, std::max(std::ilogb(magnitude), least) - digits + 1);
}

/** Logical N, C, S with an offset for every element. */
struct Layout {
  uint32_t dims[4];
  uint64_t strides[4];
  uint64_t storage;

  uint64_t samples() const { return dims[0]; }
  uint64_t channels() const { return dims[1]; }
  uint64_t spatial() const { return (uint64_t)dims[2] * dims[3]; }
  uint64_t count() const { return samples() * channels() * spatial(); }
  uint64_t offset(uint64_t n, uint64_t c, uint64_t s) const {
    return n * strides[0] + c * strides[1] + s / dims[3] * strides[2] + s % dims[3] * strides[3];
  }
};

inline Layout packed(const uint32_t (&dims)[4], bool channelsLast) {
  Layout made{};
  std::memcpy(made.dims, dims, sizeof made.dims);
  const uint64_t n = dims[0], c = dims[1], h = dims[2], w = dims[3];
  if (channelsLast) {
    const uint64_t strides[4] = {h * w * c, 1, w * c, c};
    std::memcpy(made.strides, strides, sizeof strides);
  } else {
    const uint64_t strides[4] = {c * h * w, h * w, w, 1};
    std::memcpy(made.strides, strides, sizeof strides);
  }
  made.storage = n * c * h * w;
  return made;
}

/** Gaps after every row and every channel. */
inline Layout padded(const uint32_t (&dims)[4], bool channelsLast) {
  Layout made = packed(dims, channelsLast);
  const uint64_t c = dims[1], h = dims[2], w = dims[3];
  const uint64_t cl[4] = {h * (w * (c + 3) + 5), 1, w * (c + 3) + 5, c + 3};
  const uint64_t cf[4] = {c * (h * (w + 3) + 7), h * (w + 3) + 7, w + 3, 1};
  std::memcpy(made.strides, channelsLast ? cl : cf, sizeof cl);
  made.storage = dims[0] * made.strides[0];
  return made;
}

using Values = std::vector<double>; // logical order

inline std::vector<uint8_t> bytesOf(Type type, const Layout& layout, const Values& values) {
  std::vector<uint8_t> bytes(layout.storage * sizeOf(type), 0xff);
  uint64_t i = 0;
  for (uint64_t n = 0; n < layout.samples(); n++)
    for (uint64_t c = 0; c < layout.channels(); c++)
      for (uint64_t s = 0; s < layout.spatial(); s++)
        store(type, &bytes[layout.offset(n, c, s) * sizeOf(type)], values[i++]);
  return bytes;
}

inline Values valuesOf(Type type, const Layout& layout, const std::vector<uint8_t>& bytes) {
  Values values(layout.count());
  uint64_t i = 0;
  for (uint64_t n = 0; n < layout.samples(); n++)
    for (uint64_t c = 0; c < layout.channels(); c++)
      for (uint64_t s = 0; s < layout.spatial(); s++)
        values[i++] = load(type, &bytes[layout.offset(n, c, s) * sizeOf(type)]);
  return values;
}
