// Pinned host memory.
#pragma once

#include <cstddef>

#include "../control/page.h"

namespace standin {

/** Whether all of it lies in one live pinned allocation. */
bool isPinned(const void* address, std::size_t bytes);

}  // namespace standin
