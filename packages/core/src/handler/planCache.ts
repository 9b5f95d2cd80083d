import type { Plan } from "../contract/plan.js";
import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";
import { BATCH_NORM_MODES, type BatchNormMode } from "../vocabulary/batchNormMode.js";

/** A plan in the cache. `live` turns false when it was evicted and disposed. */
export interface CachedPlan {
  readonly x: TensorDescriptor;
  readonly plan: Plan;
  lastUse: number;
  live: boolean;
}

/** The plans of a handler by mode and interned descriptor; the least recently used go first. */
export class PlanCache {
  readonly #capacity: number;
  readonly #byMode = new Map<BatchNormMode, Map<TensorDescriptor, CachedPlan>>();
  #clock = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    for (const mode of BATCH_NORM_MODES) this.#byMode.set(mode, new Map());
  }

  get(mode: BatchNormMode, x: TensorDescriptor, create: () => Plan): CachedPlan {
    const plans = this.#plansOf(mode);
    const cached = plans.get(x);
    if (cached !== undefined) {
      this.touch(cached);
      return cached;
    }
    const plan = create();
    if (this.#size >= this.#capacity) this.#evictOldest();
    const entry: CachedPlan = { x, plan, lastUse: ++this.#clock, live: true };
    plans.set(x, entry);
    this.#size++;
    return entry;
  }

  touch(cached: CachedPlan): void {
    cached.lastUse = ++this.#clock;
  }

  clear(): void {
    for (const plans of this.#byMode.values()) {
      for (const cached of plans.values()) retire(cached);
      plans.clear();
    }
    this.#size = 0;
  }

  #plansOf(mode: BatchNormMode): Map<TensorDescriptor, CachedPlan> {
    return this.#byMode.get(mode) as Map<TensorDescriptor, CachedPlan>;
  }

  #evictOldest(): void {
    const all = [...this.#byMode.values()].flatMap((plans) =>
      [...plans.values()].map((cached) => ({ plans, cached })),
    );
    const oldest = all.reduce((a, b) => (b.cached.lastUse < a.cached.lastUse ? b : a));
    oldest.plans.delete(oldest.cached.x);
    retire(oldest.cached);
    this.#size--;
  }
}

function retire(cached: CachedPlan): void {
  cached.live = false;
  cached.plan.dispose();
}
