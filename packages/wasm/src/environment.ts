import { isNode } from "./threads/spawn.js";

/** A function of nothing that returns a v128: valid only where SIMD is. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
]);

export function hasSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(SIMD_PROBE);
}

/** Shared memory that workers can be given: everywhere in Node, in browsers with cross-origin isolation. */
export function hasSharedMemory(): boolean {
  if (typeof SharedArrayBuffer !== "function") return false;
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  return isNode() || crossOriginIsolated === true;
}

/** False on a browser's main thread, which must not sleep. */
export function canBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processors this process may use. */
export async function processorCount(): Promise<number> {
  if (!isNode()) return globalThis.navigator?.hardwareConcurrency ?? 1;
  const name = "node:os";
  const os: { availableParallelism(): number } = await import(/* @vite-ignore */ name);
  return os.availableParallelism();
}
