#include "staging.h"

namespace batchnorm::owning {

Staging::Staging(const checked::Driver& driver) : driver_(&driver) {
  slots_.push_back(std::make_unique<Slot>(driver));
}

Staging::Piece Staging::take(std::size_t bytes) {
  // Whole cache lines: two pieces never share one.
  const std::size_t rounded = (bytes + 63) / 64 * 64;
  const auto cut = [&](Slot& slot) {
    std::byte* data = slot.pinned.data() + slot.used;
    slot.used += rounded;
    return Piece(slot, data);
  };
  for (const auto& slot : slots_) {
    if (slotBytes - slot->used >= rounded) return cut(*slot);
  }
  if (slots_.size() == maxSlots) return {};
  slots_.push_back(std::make_unique<Slot>(*driver_));
  return cut(*slots_.back());
}

}  // namespace batchnorm::owning
