import type { BatchNormError } from "@batchnorm/core";
import { phaseCode } from "../plan/phases.js";
import type { Step } from "../plan/steps.js";
import { createControl } from "./control.js";
import type { Kernels } from "./executor.js";
import { lostThread } from "./queuedExecutor.js";
import { shareUnits, stopThreads } from "./shareUnits.js";
import type { Spawn, SpawnedWorker } from "./spawn.js";
import { SynchronousExecutor } from "./synchronousExecutor.js";

/** The caller's thread and workers share the units of each step. */
export class ThreadedExecutor extends SynchronousExecutor {
  readonly description: string;
  readonly #threads: number;
  readonly #control = createControl();
  readonly #workers: readonly SpawnedWorker[];
  #failure: BatchNormError | null = null;
  #disposed = false;

  constructor(
    kernels: Kernels,
    memory: WebAssembly.Memory,
    module: WebAssembly.Module,
    threads: number,
    spawn: Spawn,
  ) {
    super(kernels);
    this.#threads = threads;
    this.description = `SIMD, ${threads} threads`;
    const start = { role: "helper", module, memory, control: this.#control, threads } as const;
    const onLost = (reason: string) => this.#lose(reason);
    this.#workers = Array.from({ length: threads - 1 }, () => spawn(start, onLost));
  }

  get failure(): BatchNormError | null {
    return this.#failure;
  }

  run(dataType: number, address: number, steps: readonly Step[]): void {
    for (const { phase, units, unitBytes } of steps) {
      const step = { phase: phaseCode(phase), units, unitBytes };
      const lost = shareUnits(this.#control, this.kernels, this.#threads, dataType, address, step);
      if (lost === null) continue;
      this.#lose(lost);
      throw this.#failure;
    }
  }

  dispose(): void {
    this.#disposed = true;
    stopThreads(this.#control);
    for (const worker of this.#workers) worker.terminate();
  }

  #lose(reason: string): void {
    if (this.#disposed || this.#failure !== null) return;
    this.#failure = lostThread(reason);
    for (const worker of this.#workers) worker.terminate();
  }
}
