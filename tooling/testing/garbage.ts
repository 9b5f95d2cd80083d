import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** A full collection, now. The flag only reaches contexts made after it was set. */
export const collectGarbage: () => void = runInNewContext("gc");

const ROUNDS = 15;
const WARM_UP = 10_000;

/**
 * Bytes that one call takes of the heap and of array buffers in steady state. A round is too short
 * for a collection to come in between. Compilation and other work of the process only add to the
 * heap, so there the smallest round counts; buffers of earlier rounds may be freed late, so there
 * the middle one does.
 */
export function bytesPerCall(call: () => void, calls = 1000): { heap: number; buffers: number } {
  for (let i = 0; i < WARM_UP; i++) call();
  const heap: number[] = [];
  const buffers: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    collectGarbage();
    const before = process.memoryUsage();
    for (let i = 0; i < calls; i++) call();
    const after = process.memoryUsage();
    heap.push((after.heapUsed - before.heapUsed) / calls);
    buffers.push((after.arrayBuffers - before.arrayBuffers) / calls);
  }
  buffers.sort((a, b) => a - b);
  return { heap: Math.min(...heap), buffers: buffers[(ROUNDS - 1) / 2] };
}
