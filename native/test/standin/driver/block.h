// Device memory: addresses are numbers outside what the host can address (so that a host access
// through one crashes at once) and are never used again (so that use after free is always found
// out). The bytes lie in host memory between guards, filled with a pattern when fresh.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pool.h"

namespace standin {

struct Block {
  CUdeviceptr address;
  std::size_t bytes;
  std::shared_ptr<Context> context;
  /** Null for plain allocations. */
  std::shared_ptr<Pool> pool;
  std::unique_ptr<unsigned char[]> storage;
  /** A stream-ordered free is queued: new work may not use it any more. */
  bool freeing = false;
};

/** Makes a block that has been paid for. */
CUdeviceptr addBlock(std::size_t bytes, std::shared_ptr<Context> context,
                     std::shared_ptr<Pool> pool);

/** Marks as being freed; null and a misuse where the address is not the start of a live block. */
std::shared_ptr<Block> startFree(CUdeviceptr address, const char* call);

/** Forgets the block, checks its guards and gives its bytes back. */
void finishFree(const Block& block);

/** True where all of it lies in one live block (not being freed) of the context; else a misuse. */
STANDIN_SHARED bool checkRange(CUdeviceptr address, std::size_t bytes, const Context& context,
                               const char* call);

/** Where the bytes lie in host memory; null and a misuse where they are in no block. */
STANDIN_SHARED unsigned char* hostAddress(CUdeviceptr address, std::size_t bytes, const char* call);

}  // namespace standin
