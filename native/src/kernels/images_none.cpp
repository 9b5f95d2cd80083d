// Of a build without CUDA's compiler.
#include "images.h"

namespace batchnorm::kernels {

const Embedded& embedded() noexcept {
  static const Embedded none{BATCHNORM_WITHOUT_KERNELS, {}, {}};
  return none;
}

}  // namespace batchnorm::kernels
