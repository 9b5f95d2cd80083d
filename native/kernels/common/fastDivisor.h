/* Division by a number known on the host: multiply-high, add, shift. Valid for dividends below 2^31. */
#ifndef BATCHNORM_FAST_DIVISOR_H
#define BATCHNORM_FAST_DIVISOR_H

#include <stdint.h>

typedef struct FastDivisor {
  uint32_t divisor;
  uint32_t magic;
  uint32_t shift;
} FastDivisor;

/* shift = ceil(log2 divisor), magic = floor(2^32 * (2^shift - divisor) / divisor) + 1 */
static inline FastDivisor makeFastDivisor(uint32_t divisor) {
  FastDivisor made;
  uint32_t shift = 0;
  while (shift < 31 && (1ull << shift) < divisor) shift++;
  made.divisor = divisor;
  made.magic = (uint32_t)((((1ull << shift) - divisor) << 32) / divisor + 1);
  made.shift = shift;
  return made;
}

#if defined(__CUDACC__) || defined(BN_DEVICE_CODE)
static __device__ __forceinline__ uint32_t quotientOf(uint32_t dividend, const FastDivisor& by) {
  return (__umulhi(dividend, by.magic) + dividend) >> by.shift;
}
#endif

#endif
