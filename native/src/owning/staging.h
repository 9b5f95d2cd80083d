// Pinned memory for small transfers: pieces cut from a few slots, cut anew once all pieces of a
// slot are back.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "pinned.h"

namespace batchnorm::owning {

/** Not for several threads. */
class Staging {
 public:
  static constexpr std::size_t slotBytes = std::size_t{4} << 20;
  static constexpr std::size_t maxSlots = 16;

 private:
  struct Slot {
    explicit Slot(const checked::Driver& driver) : pinned(driver, slotBytes) {}
    Pinned pinned;
    std::size_t used = 0;
    std::size_t pieces = 0;
  };

 public:
  /** Gives itself back when it goes. Empty where nothing was free. */
  class Piece {
   public:
    Piece() = default;
    Piece(Piece&& other) noexcept
        : slot_(std::exchange(other.slot_, nullptr)), data_(other.data_) {}
    Piece& operator=(Piece&& other) noexcept {
      std::swap(slot_, other.slot_);
      std::swap(data_, other.data_);
      return *this;
    }
    ~Piece() {
      if (slot_ != nullptr && --slot_->pieces == 0) slot_->used = 0;
    }

    explicit operator bool() const { return slot_ != nullptr; }
    std::byte* data() const { return data_; }

   private:
    friend class Staging;
    Piece(Slot& slot, std::byte* data) : slot_(&slot), data_(data) { ++slot.pieces; }

    Slot* slot_ = nullptr;
    std::byte* data_ = nullptr;
  };

  /** The first slot is made at once, so that no transfer waits for it. */
  explicit Staging(const checked::Driver& driver);

  /** @param bytes At most slotBytes. Throws NativeError where pinned memory is refused. */
  Piece take(std::size_t bytes);

 private:
  const checked::Driver* driver_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace batchnorm::owning
