import type { CudnnMemory } from "../device/cudnnMemory.js";
import type { Scratch } from "../device/scratch.js";
import type { Kernels } from "../fused/kernels.js";
import type { NativeDevice } from "../native/addon.js";

/** What a plan needs of its device. */
export interface PlanHost {
  readonly native: NativeDevice;
  /** Kernels of our own. */
  readonly kernels: Kernels;
  /** For a tensor that lives inside one call. */
  readonly dataScratch: Scratch;
  /** For reserve space that no backward will need. */
  readonly reserveScratch: Scratch;
  /** For the arguments of one step that are moved; at least 8. */
  readonly places: readonly Scratch[];
  allocate(byteLength: number): CudnnMemory;
  /** The error a user sees; `doing` says what failed. */
  errorOf(error: unknown, doing: string): unknown;
}
