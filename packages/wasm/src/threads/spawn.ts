import { WORKER_SOURCE } from "../generated/workerSource.js";

/** What a worker is given. */
export interface WorkerStart {
  /** A helper sleeps until there is work; a coordinator is sent work by messages. */
  readonly role: "helper" | "coordinator";
  readonly threads: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
}

export interface SpawnedWorker {
  post(message: unknown): void;
  terminate(): void;
}

/** Starts a worker; `onLost` is called if it ends by itself. */
export type Spawn = (
  start: WorkerStart,
  onLost: (reason: string) => void,
  onMessage?: (message: unknown) => void,
) => SpawnedWorker;

interface NodeWorker {
  on(event: "error" | "exit" | "message", listener: (value: unknown) => void): void;
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface WorkerThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}

/** How to start workers here, or null where there is no way. */
export async function findSpawn(): Promise<Spawn | null> {
  if (isNode()) {
    // Not a literal: a bundler for browsers must not look for it.
    const name = "node:worker_threads";
    const threads: WorkerThreads = await import(/* @vite-ignore */ name);
    return (start, onLost) => spawnNode(threads, start, onLost);
  }
  return typeof Worker === "function" && typeof Blob === "function" ? spawnBrowser : null;
}

export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return typeof process?.versions?.node === "string";
}

function spawnNode(
  { Worker }: WorkerThreads,
  start: WorkerStart,
  onLost: (reason: string) => void,
): SpawnedWorker {
  const worker = new Worker(WORKER_SOURCE, {
    eval: true,
    execArgv: [],
    workerData: start,
    name: "batchnorm",
  });
  worker.on("error", (error) => onLost(String(error)));
  worker.on("exit", () => onLost("it ended"));
  // A parked worker must not keep the process alive.
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    terminate() {
      worker.terminate().catch(() => {}); // it may be gone already
    },
  };
}

function spawnBrowser(
  start: WorkerStart,
  onLost: (reason: string) => void,
  onMessage?: (message: unknown) => void,
): SpawnedWorker {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "batchnorm" });
  worker.onerror = (event) => onLost(event.message);
  worker.onmessage = ({ data }) => onMessage?.(data);
  worker.postMessage(start);
  return {
    post: (message) => worker.postMessage(message),
    terminate() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
