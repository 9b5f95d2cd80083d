import { createRequire, syncBuiltinESMExports } from "node:module";
import type { Worker } from "node:worker_threads";
import { openHandler } from "@batchnorm/core";
import { wasm } from "@batchnorm/wasm";

/** A handler of the WebAssembly backend whose worker has ended, as a crash would end it. */
export async function handlerWithLostWorker() {
  const started: Worker[] = [];
  const threads = createRequire(import.meta.url)("node:worker_threads");
  const Original: typeof Worker = threads.Worker;
  threads.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started.push(this);
    }
  };
  syncBuiltinESMExports();
  try {
    const handler = await openHandler(wasm({ threads: 2 }));
    await Promise.all(started.map((worker) => worker.terminate()));
    return handler;
  } finally {
    threads.Worker = Original;
    syncBuiltinESMExports();
  }
}
