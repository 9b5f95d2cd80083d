const REPEATS = 5;

/**
 * Bytes of JavaScript heap that a call takes, the median of a few runs. The young generation is
 * large enough (see the flags of this process) that no collection falls into a run.
 */
export async function heapPerCall(
  call: () => void,
  finish: () => Promise<void>,
  iterations: number,
): Promise<number> {
  const found: number[] = [];
  // One run to warm up: compiling also takes heap.
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < iterations; i++) call();
    const after = process.memoryUsage().heapUsed;
    await finish();
    if (repeat > 0) found.push((after - before) / iterations);
  }
  return found.sort((a, b) => a - b)[REPEATS >> 1];
}
