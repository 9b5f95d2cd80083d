// The pinned slots that the chunks of large transfers pass through, and how far the host and the
// device are with them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace batchnorm::owning {

/** Of a chunk, counted through all transfers. Wraps around: only differences mean something. */
using ChunkNumber = std::uint32_t;

/**
 * Chunk n passes through slot n modulo `slots`. Each side has a word that it alone writes: the
 * number of the chunk it comes to next. The other side waits for it.
 */
struct ChunkRing {
  using Word = std::atomic<ChunkNumber>;
  static_assert(Word::is_always_lock_free && sizeof(Word) == sizeof(ChunkNumber));

  static constexpr std::size_t slotBytes = std::size_t{8} << 20;
  static constexpr ChunkNumber slots = 4;
  /** So that every process with some large transfers passes the wrap-around, not one in years. */
  static constexpr ChunkNumber first = 0U - 2 * slots;

  std::byte* memory;
  Word* host;
  Word* device;

  std::byte* slot(ChunkNumber chunk) const { return memory + chunk % slots * slotBytes; }
};

/** True where the word's side has come to this chunk, so is done with those before: as the device
 * compares, by CU_STREAM_WAIT_VALUE_GEQ. */
inline bool reached(const ChunkRing::Word& word, ChunkNumber chunk) {
  return static_cast<std::int32_t>(word.load(std::memory_order_acquire) - chunk) >= 0;
}

}  // namespace batchnorm::owning
