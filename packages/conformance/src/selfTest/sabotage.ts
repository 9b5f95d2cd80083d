import type {
  BackwardCall,
  BackwardInferenceCall,
  Capabilities,
  DeviceMemory,
  DeviceTiming,
  ForwardInferenceCall,
  ForwardTrainingCall,
  Plan,
  PlanSpec,
  RuntimeError,
} from "@batchnorm/core";
import type { HostAccess } from "./hostAccess.js";

interface Calls<M extends DeviceMemory = DeviceMemory> {
  forwardTraining: ForwardTrainingCall<M>;
  forwardInference: ForwardInferenceCall<M>;
  backward: BackwardCall<M>;
  backwardInference: BackwardInferenceCall<M>;
}

export type CallName = keyof Calls;

export type AnyCall<M extends DeviceMemory = DeviceMemory> = Calls<M>[CallName];

export type ForwardJob = Job<
  ForwardTrainingCall<DeviceMemory> | ForwardInferenceCall<DeviceMemory>
>;
export type TrainingJob = Job<ForwardTrainingCall<DeviceMemory>>;
export type InferenceJob = Job<ForwardInferenceCall<DeviceMemory>>;
export type BackwardJob = Job<BackwardCall<DeviceMemory>>;
export type GradientJob = Job<BackwardCall<DeviceMemory> | BackwardInferenceCall<DeviceMemory>>;

/** A call whose turn has come. */
export interface Job<Call = AnyCall> {
  readonly spec: PlanSpec;
  /** A copy: what is changed here, the good call gets. */
  readonly call: Call;
  /** Makes the good call. */
  proceed(): void;
  /** The good plan, for other calls. */
  readonly plan: Plan;
  readonly host: HostAccess;
}

/** What a wrapped backend does differently; an empty one is correct. */
export interface Sabotage {
  /** What to declare instead of the good capabilities. */
  readonly capabilities?: Partial<Capabilities>;
  readonly forwardTraining?: (job: TrainingJob) => Promise<void>;
  readonly forwardInference?: (job: InferenceJob) => Promise<void>;
  readonly backward?: (job: BackwardJob) => Promise<void>;
  readonly backwardInference?: (job: GradientJob) => Promise<void>;
  /** Done besides, when a plan is made. */
  readonly createPlan?: (spec: PlanSpec, host: HostAccess) => Promise<void>;
  /** The spec to prepare instead. */
  readonly planSpec?: (spec: PlanSpec) => PlanSpec;
  /** When the calls of plans run; default: in their turn. */
  readonly schedule?: (
    job: () => Promise<void>,
    enqueue: (job: () => Promise<void>) => void,
  ) => void;
  /** Before a read or synchronize takes its place in the queue. */
  readonly beforeRead?: () => void | Promise<void>;
  /** What the device says went wrong; default: what the good one says. */
  readonly queryRuntimeError?: () => RuntimeError | null;
  /** Another clock, or null for none; default: one that counts what is done. */
  readonly timing?: DeviceTiming | null;
  /** Call records are not copied. */
  readonly keepsRecords?: boolean;
  /** The source of `initialize` is not copied. */
  readonly keepsSources?: boolean;
  /** `write` resolves before its source is copied. */
  readonly resolvesWritesEarly?: boolean;
  /** Disposed memory is used for something else though work on it is enqueued. */
  readonly reusesAtOnce?: boolean;
  /** Fresh memory is not zero. */
  readonly dirtyMemory?: boolean;
}
