import { BatchNormError } from "@batchnorm/core";
import type { Heap } from "../memory/heap.js";
import { WasmMemory } from "../memory/wasmMemory.js";
import { CALL_BYTES } from "../plan/callLayout.js";
import { phaseCode } from "../plan/phases.js";
import type { Step } from "../plan/steps.js";
import { createControl } from "./control.js";
import type { Executor } from "./executor.js";
import { type CodedStep, stopThreads } from "./shareUnits.js";
import type { Spawn, SpawnedWorker } from "./spawn.js";

/** What the coordinator is sent. */
export interface QueuedWork {
  readonly ticket: number;
  readonly call: number;
  readonly dataType: number;
  readonly steps: readonly CodedStep[];
  readonly copy?: { readonly to: number; readonly from: number; readonly byteLength: number };
}

interface QueuedAnswer {
  readonly ticket: number;
  readonly lost: string | null;
}

/**
 * For a browser's main thread, which must not sleep: a worker coordinates the others, and calls queue
 * up behind it.
 */
export class QueuedExecutor implements Executor {
  readonly description: string;
  readonly #heap: Heap;
  readonly #control = createControl();
  readonly #coordinator: SpawnedWorker;
  readonly #workers: readonly SpawnedWorker[];
  readonly #waiting: { ticket: number; action: () => void }[] = [];
  readonly #rejections = new Set<(error: BatchNormError) => void>();
  #sent = 0;
  #done = 0;
  #failure: BatchNormError | null = null;
  #disposed = false;

  constructor(heap: Heap, module: WebAssembly.Module, threads: number, spawn: Spawn) {
    this.#heap = heap;
    this.description = `SIMD, ${threads} threads, queued behind the main thread`;
    const start = { module, memory: heap.memory, control: this.#control, threads };
    const onLost = (reason: string) => this.#lose(reason);
    const onMessage = (message: unknown) => this.#settle(message as QueuedAnswer);
    this.#coordinator = spawn({ ...start, role: "coordinator" }, onLost, onMessage);
    const helpers = Array.from({ length: threads - 1 }, () =>
      spawn({ ...start, role: "helper" }, onLost),
    );
    this.#workers = [this.#coordinator, ...helpers];
  }

  get failure(): BatchNormError | null {
    return this.#failure;
  }

  get busy(): boolean {
    return this.#done < this.#sent;
  }

  run(dataType: number, address: number, steps: readonly Step[]): void {
    // The caller reuses its call at once; this copy waits with its work.
    const call = new WasmMemory(this.#heap, CALL_BYTES);
    call.bytes.set(new Uint8Array(this.#heap.memory.buffer, address, CALL_BYTES));
    const coded = steps.map((step) => ({ ...step, phase: phaseCode(step.phase) }));
    this.#send({ call: call.address, dataType, steps: coded });
    this.after(() => call.dispose());
  }

  copy(to: number, from: number, byteLength: number): void {
    this.#send({ call: 0, dataType: 0, steps: [], copy: { to, from, byteLength } });
  }

  after(action: () => void): void {
    if (this.busy) this.#waiting.push({ ticket: this.#sent, action });
    else action();
  }

  finished(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      this.#rejections.add(reject);
      this.after(() => {
        this.#rejections.delete(reject);
        resolve();
      });
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    stopThreads(this.#control);
    for (const worker of this.#workers) worker.terminate();
    this.#rejectAll(
      new BatchNormError("DISPOSED", "wasm: the handler was disposed before its work was done"),
    );
  }

  #send(work: Omit<QueuedWork, "ticket">): void {
    this.#sent++;
    this.#coordinator.post({ ...work, ticket: this.#sent });
  }

  #settle({ ticket, lost }: QueuedAnswer): void {
    if (lost !== null) {
      this.#lose(lost);
      return;
    }
    this.#done = ticket;
    while (this.#waiting.length > 0 && this.#waiting[0].ticket <= ticket) {
      this.#waiting.shift()?.action();
    }
  }

  #lose(reason: string): void {
    if (this.#disposed || this.#failure !== null) return;
    this.#failure = lostThread(reason);
    for (const worker of this.#workers) worker.terminate();
    this.#rejectAll(this.#failure);
  }

  #rejectAll(error: BatchNormError): void {
    for (const reject of this.#rejections) reject(error);
    this.#rejections.clear();
    this.#waiting.length = 0;
  }
}

export function lostThread(reason: string): BatchNormError {
  const message = `wasm: a worker thread was lost: ${reason}`;
  return new BatchNormError("BACKEND_FAILURE", message, { details: { reason } });
}
