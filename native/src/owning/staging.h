// Memory for the bytes of small transfers: pieces cut from a few pinned slots, cut anew once all
// pieces of a slot are back.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "pinned.h"

namespace batchnorm::owning {

/** Not for several threads. */
class Staging {
 public:
  static constexpr std::size_t slotBytes = std::size_t{2} << 20;

 private:
  struct Slot {
    std::byte* data = nullptr;
    std::size_t used = 0;
    std::size_t pieces = 0;
  };

 public:
  /** Gives itself back when it goes. */
  class Piece {
   public:
    Piece() = default;
    Piece(Piece&& other) noexcept { swap(other); }
    Piece& operator=(Piece&& other) noexcept {
      swap(other);
      return *this;
    }
    ~Piece() {
      if (slot_ != nullptr && --slot_->pieces == 0) slot_->used = 0;
    }

    explicit operator bool() const { return data_ != nullptr; }
    std::byte* data() const { return data_; }
    /** The device can copy from and to it. */
    bool pinned() const { return slot_ != nullptr; }

   private:
    friend class Staging;
    Piece(Slot& slot, std::byte* data) : slot_(&slot), data_(data) { ++slot.pieces; }
    explicit Piece(std::size_t bytes)
        : pageable_(std::make_unique_for_overwrite<std::byte[]>(bytes)), data_(pageable_.get()) {}
    void swap(Piece& other) noexcept {
      std::swap(slot_, other.slot_);
      std::swap(pageable_, other.pageable_);
      std::swap(data_, other.data_);
    }

    Slot* slot_ = nullptr;
    std::unique_ptr<std::byte[]> pageable_;
    std::byte* data_ = nullptr;
  };

  explicit Staging(const checked::Driver& driver);

  /** Pageable memory where no pinned is free: to pin more would wait for the device, and keep
   * every other call waiting.
   * @param bytes At most slotBytes. */
  Piece take(std::size_t bytes);

 private:
  static constexpr std::size_t slotCount = 4;

  Pinned memory_;
  std::array<Slot, slotCount> slots_;
};

}  // namespace batchnorm::owning
