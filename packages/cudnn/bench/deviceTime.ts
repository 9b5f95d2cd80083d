import type { Handler } from "@batchnorm/core";
import { CELLS, type Cell, keyOf, OPERATIONS, type Operation } from "./cells.ts";
import { createLayer } from "./layer.ts";

/** Microseconds on the device, and what ran. */
export interface CellTime {
  readonly cell: string;
  readonly mode: Cell["mode"];
  readonly microseconds: Readonly<Record<Operation, number>>;
  readonly description: string;
}

const REPEATS = 25;
/** Slower calls vary little, and there are many. */
const SLOW_MILLISECONDS = 5;
const SLOW_REPEATS = 5;

/** Every cell through the TypeScript API; the cache is flushed before each run. */
export async function timeCells(
  handler: Handler,
  report: (time: CellTime) => void,
): Promise<CellTime[]> {
  const flush = createFlush(handler);
  const times: CellTime[] = [];
  for (const cell of CELLS) {
    const layer = createLayer(handler, cell);
    const microseconds: Partial<Record<Operation, number>> = {};
    for (const operation of OPERATIONS) {
      microseconds[operation] = await median(handler, layer.calls[operation], flush);
    }
    const time = {
      cell: keyOf(cell),
      mode: cell.mode,
      microseconds: microseconds as Record<Operation, number>,
      description: layer.ops.describe(),
    };
    layer.dispose();
    times.push(time);
    report(time);
  }
  return times;
}

/** Writes 256 MB, so that nothing of the tensors is left in the cache. */
function createFlush(handler: Handler): () => void {
  const layer = createLayer(handler, {
    dataType: "float32",
    format: "NCHW",
    dims: [64, 16, 256, 256],
    mode: "spatial",
  });
  return layer.calls.inference;
}

async function median(handler: Handler, call: () => void, flush: () => void): Promise<number> {
  const { timing } = handler;
  if (timing === null) throw new Error("this device has no clock");
  for (let i = 0; i < 3; i++) call();
  await handler.synchronize();
  const times: number[] = [];
  let wanted = REPEATS;
  while (times.length < wanted) {
    // The device is busy with it while the host enqueues what is measured.
    flush();
    const milliseconds = await timing.measure(call);
    times.push(milliseconds);
    if (milliseconds > SLOW_MILLISECONDS) wanted = SLOW_REPEATS;
  }
  times.sort((a, b) => a - b);
  return 1000 * times[Math.floor(times.length / 2)];
}
