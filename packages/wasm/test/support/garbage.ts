import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** A full collection, now. The flag only reaches contexts made after it was set. */
const collectGarbage: () => void = runInNewContext("gc");

const ROUNDS = 30;

/**
 * Bytes that one call takes of the heap and of array buffers in steady state. A round is too short
 * for a collection to come in between; compilation, and other work of the process, only add to it:
 * the smallest round counts.
 */
export function bytesPerCall(call: () => void, calls: number): { heap: number; buffers: number } {
  let heap = Number.POSITIVE_INFINITY;
  let buffers = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    collectGarbage();
    const before = process.memoryUsage();
    for (let i = 0; i < calls; i++) call();
    const after = process.memoryUsage();
    heap = Math.min(heap, (after.heapUsed - before.heapUsed) / calls);
    buffers = Math.min(buffers, (after.arrayBuffers - before.arrayBuffers) / calls);
  }
  return { heap, buffers };
}
