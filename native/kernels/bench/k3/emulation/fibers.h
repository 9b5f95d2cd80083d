#pragma once

#include <cstdint>
#include <functional>

namespace emulation {
/** Runs `work` for every thread of every block. */
void runGrid(uint32_t blocksX, uint32_t blocksY, uint32_t threads, const std::function<void()>& work);
} // namespace emulation
