#include "numbers.h"

#include <cmath>
#include <cstring>

namespace standin {
namespace {

/** A 16-bit type by the bits of its stored fraction. */
struct Small {
  int fraction;
  int exponent() const { return 15 - fraction; }
  int bias() const { return (1 << (exponent() - 1)) - 1; }
  int special() const { return (1 << exponent()) - 1; }
};
constexpr Small half{10}, brain{7};

double widen(Small type, std::uint16_t bits) {
  const int exponent = (bits >> type.fraction) & type.special();
  const int fraction = bits & ((1 << type.fraction) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == type.special()) return fraction != 0 ? std::nan("") : sign * INFINITY;
  const int whole = exponent == 0 ? fraction : fraction + (1 << type.fraction);
  const int power = (exponent == 0 ? 1 : exponent) - type.bias() - type.fraction;
  return sign * std::ldexp(whole, power);
}

std::uint16_t narrow(Small type, double value) {
  const int sign = std::signbit(value) ? 0x8000 : 0;
  const int infinity = type.special() << type.fraction;
  if (std::isnan(value)) return static_cast<std::uint16_t>(infinity | 1 << (type.fraction - 1));
  const double magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return static_cast<std::uint16_t>(sign | infinity);
  const int lowest = 1 - type.bias();
  const int power = magnitude == 0 ? lowest : std::max(std::ilogb(magnitude), lowest);
  // The last place is worth 2^(power − fraction); a carry into the next exponent falls out right.
  const double units = std::nearbyint(std::ldexp(magnitude, type.fraction - power));
  const double bits = units + std::ldexp(power - lowest, type.fraction);
  return static_cast<std::uint16_t>(sign | static_cast<int>(std::fmin(bits, infinity)));
}

template <class T>
T read(const unsigned char* base, std::int64_t index) {
  T value;
  std::memcpy(&value, base + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
void write(unsigned char* base, std::int64_t index, T value) {
  std::memcpy(base + index * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
}

}  // namespace

int sizeOf(cudnnDataType_t type) {
  if (type == CUDNN_DATA_DOUBLE) return 8;
  return type == CUDNN_DATA_FLOAT ? 4 : 2;
}

double load(cudnnDataType_t type, const unsigned char* base, std::int64_t index) {
  switch (type) {
    case CUDNN_DATA_FLOAT:
      return read<float>(base, index);
    case CUDNN_DATA_DOUBLE:
      return read<double>(base, index);
    case CUDNN_DATA_HALF:
      return widen(half, read<std::uint16_t>(base, index));
    case CUDNN_DATA_BFLOAT16:
      return widen(brain, read<std::uint16_t>(base, index));
  }
  return 0;
}

void store(cudnnDataType_t type, unsigned char* base, std::int64_t index, double value) {
  switch (type) {
    case CUDNN_DATA_FLOAT:
      return write(base, index, static_cast<float>(value));
    case CUDNN_DATA_DOUBLE:
      return write(base, index, value);
    case CUDNN_DATA_HALF:
      return write(base, index, narrow(half, value));
    case CUDNN_DATA_BFLOAT16:
      return write(base, index, narrow(brain, value));
  }
}

double scalar(cudnnDataType_t type, const void* value) {
  return type == CUDNN_DATA_DOUBLE ? *static_cast<const double*>(value)
                                   : *static_cast<const float*>(value);
}

}  // namespace standin
