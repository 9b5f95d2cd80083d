import type { ReserveSpace, SavedMemory } from "@batchnorm/core";
import type { CudnnMemory } from "../device/cudnnMemory.js";

/**
 * What a forward fused with residual and ReLU leaves beside the statistics: the mask of y, in cuDNN's
 * reserve space. Its backward reads that and not y, so it is right only as long as y is unchanged.
 */
export class FusedForward implements ReserveSpace {
  /** Reserve space; null until one is needed. */
  memory: CudnnMemory | null = null;
  #y: CudnnMemory | null = null;
  #version = 0;

  /** The next forward is about to write the mask, or goes another way: nothing is known of one. */
  forget(): void {
    this.#y = null;
  }

  /** The memory holds the mask of y as y is now. */
  remember(y: CudnnMemory): void {
    this.#y = y;
    this.#version = y.version;
  }

  /** The memory holds the mask of this y. */
  serves(y: CudnnMemory | null): boolean {
    return y !== null && this.#y === y && this.#version === y.version;
  }

  dispose(): void {
    this.memory?.dispose();
    this.memory = null;
    this.#y = null;
  }
}

/** The record in the slot of these statistics; made where there is none. */
export function fusedForwardOf(saved: SavedMemory<CudnnMemory>): FusedForward {
  if (saved.reserve instanceof FusedForward) return saved.reserve;
  saved.reserve?.dispose();
  const fresh = new FusedForward();
  saved.reserve = fresh;
  return fresh;
}
