// Numbers in memory: float32, float64, float16 and bfloat16, the last two rounded to nearest even.
#pragma once

#include <cstdint>

#include "exports.h"

namespace standin {

int sizeOf(cudnnDataType_t type);
double load(cudnnDataType_t type, const unsigned char* base, std::int64_t index);
void store(cudnnDataType_t type, unsigned char* base, std::int64_t index, double value);

/** alpha and beta are double for float64 tensors and float for all others. */
double scalar(cudnnDataType_t type, const void* value);

}  // namespace standin
