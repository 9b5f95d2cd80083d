// What cuDNN accepts, as measured and documented. Each throws Refusal.
#pragma once

#include "library.h"

namespace standin {

/** Ranks, types and dimensions of the data and parameter descriptors of a batch normalization. */
void checkShapes(cudnnBatchNormMode_t mode, const Descriptor& x, const Descriptor& parameters,
                 std::initializer_list<Descriptor> others);

/** Batches from this size on have no kernel. */
void checkBatch(int refused, const Descriptor& x);

/** The fused operations exist for one mode and layout. */
void checkFused(cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const Descriptor& x);

/** The epsilon that is used: narrower types round it to float32. Throws Refusal. */
double checkedEpsilon(double epsilon, const Descriptor& x);

/** Optional results and inputs come in pairs. */
void checkPair(const void* first, const void* second);

/** Channels lie closest together. */
bool isChannelsLast(const Descriptor& descriptor);

}  // namespace standin
