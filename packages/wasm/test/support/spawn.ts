import { Worker } from "node:worker_threads";
import { WORKER_SOURCE } from "../../src/generated/workerSource.ts";
import type { Spawn, WorkerStart } from "../../src/threads/spawn.ts";

/** Messages as a browser's worker has them. */
const AS_IN_A_BROWSER = `
  const { parentPort } = require("node:worker_threads");
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  parentPort.on("message", (data) => globalThis.onmessage?.({ data }));
`;

interface Recorded {
  readonly spawn: Spawn;
  /** In the order they were started. */
  readonly workers: Worker[];
  /** Resolves when every worker has ended. */
  ended(): Promise<unknown>;
}

interface RecorderOptions {
  /** What a worker runs, by its number; default: the package's own worker. */
  readonly source?: (index: number) => string | undefined;
  /** What it is given, by its number. */
  readonly start?: (start: WorkerStart, index: number) => WorkerStart;
}

/** Starts workers of Node, coordinators included, and keeps hold of them. */
export function recordSpawn({ source, start }: RecorderOptions = {}): Recorded {
  const workers: Worker[] = [];
  const exits: Promise<unknown>[] = [];
  const spawn: Spawn = (given, onLost, onMessage) => {
    const index = workers.length;
    const worker = new Worker(AS_IN_A_BROWSER + (source?.(index) ?? WORKER_SOURCE), {
      eval: true,
      execArgv: [],
      workerData: start?.(given, index) ?? given,
    });
    worker.on("error", (error) => onLost(String(error)));
    worker.on("exit", () => onLost("it ended"));
    worker.on("message", (message) => onMessage?.(message));
    worker.unref();
    workers.push(worker);
    exits.push(new Promise((resolve) => worker.on("exit", resolve)));
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => {
        worker.terminate().catch(() => {});
      },
    };
  };
  return { spawn, workers, ended: () => Promise.all(exits) };
}
