import type { DeviceMemory, SavedMemory } from "@batchnorm/core";
import { QueuedMemory } from "./queuedMemory.js";
import type { AnyCall } from "./sabotage.js";
import type { WorkQueue } from "./workQueue.js";

type OuterSaved = SavedMemory<QueuedMemory>;
type InnerSaved = SavedMemory<DeviceMemory>;

/** Copies of call records with the memory of the device inside: the caller reuses its records. */
export class QueuedRecords {
  readonly #queue: WorkQueue;
  /** One for each, since the plan inside leaves its reserve there. */
  readonly #saved = new WeakMap<OuterSaved, InnerSaved>();

  constructor(queue: WorkQueue) {
    this.#queue = queue;
  }

  innerOf(call: AnyCall<QueuedMemory>): AnyCall {
    const entries = Object.entries(call).map(([key, value]) => [key, this.#inner(key, value)]);
    return Object.fromEntries(entries) as AnyCall;
  }

  #inner(key: string, value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (key === "saved") return this.#innerSaved(value as OuterSaved);
    if (value instanceof QueuedMemory) return value.inner;
    const entries = Object.entries(value).map(([name, one]) => [name, this.#inner(name, one)]);
    return Object.fromEntries(entries);
  }

  #innerSaved(outer: OuterSaved): InnerSaved {
    const { mean, meanLow, invVariance } = outer;
    const inner: InnerSaved = this.#saved.get(outer) ?? {
      mean: mean.inner,
      meanLow: meanLow === null ? null : meanLow.inner,
      invVariance: invVariance.inner,
      reserve: null,
    };
    this.#saved.set(outer, inner);
    // What a forward will leave is given up in its turn too.
    outer.reserve ??= { dispose: () => this.#queue.enqueue(() => drop(inner)) };
    return inner;
  }
}

function drop(saved: InnerSaved): void {
  saved.reserve?.dispose();
  saved.reserve = null;
}
