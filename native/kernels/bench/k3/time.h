#pragma once

#include "gpu.h"

/** Prints a table: every operation on large and small tensors beside a copy of the same tensor. */
void timeAll(Kernels& kernels);

/** Inference alone, with each number of visits a thread. */
void timeVisits(Kernels& kernels, const std::string& label);
