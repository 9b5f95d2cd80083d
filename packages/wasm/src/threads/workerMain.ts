/**
 * The body of a worker: bundled to a string by scripts/generate.mjs, so that it needs no file of its
 * own in Node, in browsers, or behind a bundler.
 */
import { claimUnits } from "./claimUnits.js";
import { ACTIVE, FAILED, GENERATION, STOP } from "./control.js";
import type { Kernels } from "./executor.js";
import type { QueuedWork } from "./queuedExecutor.js";
import { shareUnits } from "./shareUnits.js";
import type { WorkerStart } from "./spawn.js";

/** Looks this often, for some ten microseconds, before it sleeps: waking up takes longer than that. */
const LOOKS = 10_000;

declare const require: ((name: string) => { workerData: WorkerStart }) | undefined;

if (typeof require === "function") {
  start(require("node:worker_threads").workerData);
} else {
  globalThis.onmessage = ({ data }: MessageEvent<WorkerStart>) => start(data);
}

function start(given: WorkerStart): void {
  const { exports } = new WebAssembly.Instance(given.module, { env: { memory: given.memory } });
  const kernels = exports as unknown as Kernels; // the module is ours: generated with this file
  if (given.role === "coordinator") coordinate(given, kernels);
  else help(given.control, kernels);
}

/** Sleeps until there is work, takes part, and sleeps again. */
function help(control: Int32Array, kernels: Kernels): void {
  let seen = 0;
  for (;;) {
    for (let look = 0; look < LOOKS && Atomics.load(control, GENERATION) === seen; look++);
    Atomics.wait(control, GENERATION, seen);
    seen = Atomics.load(control, GENERATION);
    if (Atomics.load(control, STOP) !== 0) return;
    Atomics.add(control, ACTIVE, 1);
    try {
      claimUnits(control, kernels);
    } catch {
      Atomics.store(control, FAILED, 1);
    }
    Atomics.sub(control, ACTIVE, 1);
    Atomics.notify(control, ACTIVE);
  }
}

/** Stands in for a main thread that must not sleep: runs its calls and answers when each is done. */
function coordinate({ control, threads }: WorkerStart, kernels: Kernels): void {
  globalThis.onmessage = ({ data }: MessageEvent<QueuedWork>) => {
    postMessage({ ticket: data.ticket, lost: runQueued(data) });
  };

  function runQueued({ copy, call, dataType, steps }: QueuedWork): string | null {
    if (copy !== undefined) kernels.copyBytes(copy.to, copy.from, copy.byteLength);
    for (const step of steps) {
      const lost = shareUnits(control, kernels, threads, dataType, call, step);
      if (lost !== null) return lost;
    }
    return null;
  }
}
