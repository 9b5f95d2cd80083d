import type { PlanSpec } from "@batchnorm/core";
import type { NativePlan } from "../native/addon.js";
import { isOutOfMemory, isRefusal } from "../native/nativeError.js";
import type { PlanHost } from "./planHost.js";
import { type Fusion, isExtended, makePlan, type Way } from "./way.js";

/** The native plans of one plan, made when first needed. */
export class NativePlans {
  readonly #host: PlanHost;
  readonly #spec: PlanSpec;
  readonly #plans = new Map<string, NativePlan>();

  constructor(host: PlanHost, spec: PlanSpec) {
    this.#host = host;
    this.#spec = spec;
  }

  /** @throws NativeError, BatchNormError `UNSUPPORTED` */
  get(way: Way, fusion: Fusion): NativePlan {
    const key = `${way} ${fusion}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = makePlan(way, { spec: this.#spec, host: this.#host, fusion });
      this.#plans.set(key, plan);
    }
    return plan;
  }

  dispose(): void {
    for (const plan of this.#plans.values()) plan.dispose();
    this.#plans.clear();
  }
}

/**
 * One computation and the ways to have it: the first that cuDNN takes is kept. Which that is shows only
 * in calling, since cuDNN refuses some sizes without saying so anywhere else.
 */
export class Choice {
  readonly fusion: Fusion;
  readonly #plans: NativePlans;
  readonly #ways: readonly Way[];
  #index = 0;
  #plan: NativePlan | null = null;
  #settled = false;
  #refused = false;

  constructor(plans: NativePlans, ways: readonly Way[], fusion: Fusion) {
    this.#plans = plans;
    this.#ways = ways;
    this.fusion = fusion;
  }

  /** cuDNN has taken it before: it will not refuse the way. */
  get settled(): boolean {
    return this.#settled;
  }

  /** cuDNN takes none of the ways. */
  get refused(): boolean {
    return this.#refused;
  }

  get way(): Way {
    return this.#ways[this.#index];
  }

  /** The plan of the way to try next. @throws NativeError if no way is left, or another failure */
  get plan(): NativePlan {
    while (this.#plan === null) {
      try {
        const plan = this.#plans.get(this.way, this.fusion);
        // Without workspace the extended call succeeds too, on the slow kernels of the plain one.
        const slow = isExtended(this.way) && plan.trainingWorkspace === 0;
        if (slow && this.#index + 1 < this.#ways.length) this.#index++;
        else this.#plan = plan;
      } catch (error) {
        this.#passOver(error);
      }
    }
    return this.#plan;
  }

  /**
   * Runs a step of `plan`. False: refused, so fill in its arguments again for the next `plan`.
   * @throws NativeError if no way is left, or another failure
   */
  attempt(step: number): boolean {
    try {
      this.plan.run(step);
    } catch (error) {
      this.#passOver(error);
      return false;
    }
    this.#settled = true;
    return true;
  }

  #passOver(error: unknown): void {
    const isLast = this.#index + 1 === this.#ways.length;
    // A slow way is better than none: workspace and scratch memory are for the fast ones.
    const isShort = isOutOfMemory(error) && !isLast;
    if (!isShort && (this.#settled || !isRefusal(error))) throw error;
    this.#refused = isLast;
    if (isLast) throw error;
    this.#index++;
    this.#plan = null;
  }
}
