#include "staging.h"

namespace batchnorm::owning {

Staging::Staging(const checked::Driver& driver) : memory_(driver, slotCount * slotBytes) {
  for (std::size_t index = 0; index < slotCount; ++index) {
    slots_[index].data = memory_.data() + index * slotBytes;
  }
}

Staging::Piece Staging::take(std::size_t bytes) {
  // Whole cache lines: two pieces never share one.
  const std::size_t rounded = (bytes + 63) / 64 * 64;
  for (Slot& slot : slots_) {
    if (slotBytes - slot.used < rounded) continue;
    std::byte* data = slot.data + slot.used;
    slot.used += rounded;
    return Piece(slot, data);
  }
  return Piece(bytes);
}

}  // namespace batchnorm::owning
