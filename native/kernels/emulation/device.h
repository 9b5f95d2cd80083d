#pragma once

#include <cstdint>
#include <functional>

namespace emulation {

// Runs the kernel in every thread of a grid. False: a deadlock, or copies nobody waited for.
bool launch(uint32_t grid, uint32_t threads, uint32_t cluster, uint32_t seed, const std::function<void()>& kernel);

// The copy engine may read [begin, end) and what was allowed before; forget takes all back.
void allow(const void* begin, const void* end);
void forget();

} // namespace emulation
