import type {
  Capabilities,
  Device,
  DeviceTiming,
  Plan,
  PlanSpec,
  RuntimeError,
} from "@batchnorm/core";
import { HostAccess } from "./hostAccess.js";
import { QueuedMemory } from "./queuedMemory.js";
import { QueuedRecords } from "./queuedRecords.js";
import { queuedTiming } from "./queuedTiming.js";
import type { AnyCall, CallName, Job, Sabotage } from "./sabotage.js";
import { WorkQueue } from "./workQueue.js";

/**
 * A device that does everything of the one inside later: calls are copied and queued, and run in
 * order. With a sabotage, some calls do something else instead.
 */
export class QueuedDevice implements Device<QueuedMemory> {
  readonly #inner: Device;
  readonly #sabotage: Sabotage;
  readonly #queue = new WorkQueue();
  readonly #host: HostAccess;
  readonly #records: QueuedRecords;
  readonly #capabilities: Capabilities;
  readonly timing: DeviceTiming | undefined;

  constructor(inner: Device, sabotage: Sabotage) {
    this.#inner = inner;
    this.#sabotage = sabotage;
    this.#host = new HostAccess(inner);
    this.#records = new QueuedRecords(this.#queue);
    this.#capabilities = Object.freeze({ ...inner.capabilities, ...sabotage.capabilities });
    const timing = sabotage.timing === undefined ? queuedTiming(this.#queue) : sabotage.timing;
    this.timing = timing ?? undefined;
  }

  get description() {
    return this.#inner.description;
  }

  get capabilities() {
    return this.#capabilities;
  }

  get failure() {
    return this.#inner.failure ?? this.#queue.failure;
  }

  allocate(byteLength: number): QueuedMemory {
    const inner = this.#inner.allocate(byteLength);
    if (this.#sabotage.dirtyMemory === true) {
      this.#inner.initialize(inner, new Uint8Array(byteLength).fill(1));
    }
    return new QueuedMemory(inner, (memory) => {
      if (this.#sabotage.reusesAtOnce === true) {
        this.#inner.initialize(memory, new Uint8Array(byteLength).fill(0xff));
      }
      this.#queue.enqueue(() => memory.dispose());
    });
  }

  initialize({ inner }: QueuedMemory, source: Uint8Array): void {
    const bytes = this.#sabotage.keepsSources === true ? source : source.slice();
    this.#queue.enqueue(() => this.#inner.initialize(inner, bytes));
  }

  async write({ inner }: QueuedMemory, source: Uint8Array): Promise<void> {
    const written = this.#queue.run(() => this.#inner.write(inner, source));
    if (this.#sabotage.resolvesWritesEarly !== true) await written;
  }

  async read({ inner }: QueuedMemory, target: Uint8Array): Promise<void> {
    if (this.#sabotage.beforeRead !== undefined) await this.#sabotage.beforeRead();
    await this.#queue.run(() => this.#inner.read(inner, target));
  }

  createPlan(spec: PlanSpec): Plan<QueuedMemory> {
    const planSpec = this.#sabotage.planSpec?.(spec) ?? spec;
    const plan = this.#inner.createPlan(planSpec);
    this.#queue.enqueue(async () => this.#sabotage.createPlan?.(spec, this.#host));
    const queue = (name: CallName) => (call: AnyCall<QueuedMemory>) => {
      const copied = this.#sabotage.keepsRecords === true ? null : this.#records.innerOf(call);
      this.#schedule(() => {
        const record = copied ?? this.#records.innerOf(call);
        return this.#perform(plan, name, { spec, call: record });
      });
    };
    return {
      description: plan.description,
      forwardTraining: queue("forwardTraining"),
      forwardInference: queue("forwardInference"),
      backward: queue("backward"),
      backwardInference: queue("backwardInference"),
      dispose: () => this.#queue.enqueue(() => plan.dispose()),
    };
  }

  async synchronize(): Promise<void> {
    if (this.#sabotage.beforeRead !== undefined) await this.#sabotage.beforeRead();
    await this.#queue.run(() => this.#inner.synchronize());
  }

  queryRuntimeError(): Promise<RuntimeError | null> {
    const { queryRuntimeError } = this.#sabotage;
    return this.#queue.run(async () => {
      if (queryRuntimeError !== undefined) return queryRuntimeError();
      return (await this.#inner.queryRuntimeError?.()) ?? null;
    });
  }

  dispose(): void {
    // Also after a failure, when the queue runs nothing more.
    const end = () => this.#inner.dispose();
    this.#queue.run(end).catch(end);
  }

  #schedule(job: () => Promise<void>): void {
    if (this.#sabotage.schedule === undefined) this.#queue.enqueue(job);
    else this.#sabotage.schedule(job, (one) => this.#queue.enqueue(one));
  }

  async #perform(plan: Plan, name: CallName, { spec, call }: Pick<Job, "spec" | "call">) {
    // One name and its call belong together; the types cannot say so for all four at once.
    const proceed = () => (plan[name] as (call: AnyCall) => void)(call);
    const instead = this.#sabotage[name] as ((job: Job) => Promise<void>) | undefined;
    if (instead === undefined) proceed();
    else await instead({ spec, call, proceed, plan, host: this.#host });
  }
}
