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
  return (await blobWorkersRun()) ? spawnBrowser : null;
}

/** A page's content security policy may forbid workers that are made from a string. */
async function blobWorkersRun(): Promise<boolean> {
  if (typeof Worker !== "function" || typeof Blob !== "function") return false;
  const url = workerUrl("postMessage(0)");
  try {
    const worker = new Worker(url);
    const runs = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      worker.onerror = () => resolve(false);
    });
    worker.terminate();
    return runs;
  } catch {
    return false;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function workerUrl(source: string): string {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
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
  const url = workerUrl(WORKER_SOURCE);
  const worker = new Worker(url, { name: "batchnorm" });
  worker.onerror = (event) => onLost(event.message ?? "it could not start");
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
