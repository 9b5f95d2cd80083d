// Copies of many lengths by crews of several sizes, from two threads at once: every byte, and none
// beside.
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "../../src/owning/copy_crew.h"

namespace {

constexpr std::size_t guard = 64;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

bool copiesExactly(batchnorm::owning::CopyCrew& crew, std::size_t bytes, unsigned seed) {
  std::vector<unsigned char> from(bytes), to(bytes + 2 * guard, 0xA5);
  for (std::size_t i = 0; i < bytes; ++i)
    from[i] = static_cast<unsigned char>(i * 31 + i / 4096 + seed);
  crew.copy(to.data() + guard, from.data(), bytes);
  if (bytes > 0 && std::memcmp(to.data() + guard, from.data(), bytes) != 0) return false;
  for (std::size_t i = 0; i < guard; ++i) {
    if (to[i] != 0xA5 || to[guard + bytes + i] != 0xA5) return false;
  }
  return true;
}

}  // namespace

int main() {
  int failures = 0;
  for (std::size_t helpers = 0; helpers <= 3; ++helpers) {
    batchnorm::owning::CopyCrew crew;
    crew.start(helpers);
    crew.start(7);  // Only the first counts.
    const auto copyAll = [&](unsigned seed) {
      int wrong = 0;
      for (const std::size_t around : {std::size_t{0}, mebibyte, 2 * mebibyte}) {
        for (const int more : {-4097, -1, 0, 1, 5, 4096, 4097}) {
          if (around == 0 && more < 0) continue;
          const std::size_t bytes = around + static_cast<std::size_t>(more);
          if (copiesExactly(crew, bytes, seed)) continue;
          std::printf("%zu helpers: %zu bytes are copied wrongly\n", helpers, bytes);
          ++wrong;
        }
      }
      return wrong;
    };
    int other = 0;
    std::thread second([&] { other = copyAll(7); });
    failures += copyAll(3);
    second.join();
    failures += other;
  }
  return failures == 0 ? 0 : 1;
}
