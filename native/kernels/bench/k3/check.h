#pragma once

#include "gpu.h"

/** Prints what is wrong with the kernels of one type; how much. */
int check(Kernels& kernels, const std::string& type);
