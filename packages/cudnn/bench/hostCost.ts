import type { Handler } from "@batchnorm/core";
import { bytesPerCall } from "../../../tooling/testing/garbage.ts";
import { OPERATIONS, type Operation } from "./cells.ts";
import { createLayer } from "./layer.ts";

/** What a call costs the host on the smallest tensor. */
export interface HostCost {
  readonly microseconds: Readonly<Record<Operation, number>>;
  /** Bytes of the JavaScript heap. */
  readonly heapBytes: Readonly<Record<Operation, number>>;
}

const BATCH = 500;
const BATCHES = 20;

export async function measureHostCost(handler: Handler): Promise<HostCost> {
  const layer = createLayer(handler, {
    dataType: "float32",
    format: "NCHW",
    dims: [2, 1, 1, 2],
    mode: "spatial",
  });
  const microseconds: Partial<Record<Operation, number>> = {};
  const heapBytes: Partial<Record<Operation, number>> = {};
  for (const operation of OPERATIONS) {
    const call = layer.calls[operation];
    microseconds[operation] = await enqueueTime(handler, call);
    heapBytes[operation] = bytesPerCall(call, 500).heap;
    await handler.synchronize();
  }
  layer.dispose();
  return { microseconds, heapBytes } as HostCost;
}

/** Mean over 10000 calls; the stream is emptied between batches, so that it never fills. */
async function enqueueTime(handler: Handler, call: () => void): Promise<number> {
  let total = 0;
  for (let batch = 0; batch <= BATCHES; batch++) {
    const started = performance.now();
    for (let i = 0; i < BATCH; i++) call();
    if (batch > 0) total += performance.now() - started;
    await handler.synchronize();
  }
  return (1000 * total) / (BATCH * BATCHES);
}
