import {
  type BackwardCall,
  type BackwardInferenceCall,
  type ForwardInferenceCall,
  type ForwardTrainingCall,
  isBatchNormError,
  type Plan,
  type PlanSpec,
} from "@batchnorm/core";
import type { CudnnMemory } from "../device/cudnnMemory.js";
import { FusedPlan } from "../fused/fusedPlan.js";
import type { Kernels } from "../fused/kernels.js";
import { CudnnPlan } from "./cudnnPlan.js";
import type { PlanHost } from "./planHost.js";
import { keepsEpsilon } from "./steps/checkEpsilon.js";

type Memory = CudnnMemory;
type ForwardCall = ForwardTrainingCall<Memory> | ForwardInferenceCall<Memory>;

/** cuDNN, and kernels of our own for what it does not do. */
export class AutoPlan implements Plan<Memory> {
  /** Null for tensors that cuDNN does not take. */
  readonly #cudnn: CudnnPlan | null;
  readonly #fused: FusedPlan;
  readonly #wide: boolean;
  /** 16 bits: z cannot be put into y without a rounding too many. */
  readonly #narrow: boolean;

  /** @throws BatchNormError `UNSUPPORTED` */
  constructor(spec: PlanSpec, host: PlanHost, kernels: Kernels) {
    this.#cudnn = cudnnPlan(spec, host);
    this.#fused = new FusedPlan(spec, host, kernels);
    const { dataType } = spec.x;
    this.#wide = dataType === "float64";
    this.#narrow = dataType === "float16" || dataType === "bfloat16";
  }

  get description(): string {
    if (this.#cudnn === null) return this.#fused.description;
    const reasons =
      "a residual blended in 16 bits, epsilon below float32, gradients of an inference";
    return `${this.#cudnn.description}. For what cuDNN does not do (${reasons}): ${this.#fused.description}`;
  }

  forwardTraining(call: ForwardTrainingCall<Memory>): void {
    this.#forForward(call).forwardTraining(call);
  }

  forwardInference(call: ForwardInferenceCall<Memory>): void {
    this.#forForward(call).forwardInference(call);
  }

  backward(call: BackwardCall<Memory>): void {
    const cudnn = call.saved !== null || this.#keeps(call.epsilon) ? this.#cudnn : null;
    (cudnn ?? this.#fused).backward(call);
  }

  backwardInference(call: BackwardInferenceCall<Memory>): void {
    this.#fused.backwardInference(call);
  }

  dispose(): void {
    this.#cudnn?.dispose();
    this.#fused.dispose();
  }

  #forForward({ z, beta, epsilon }: ForwardCall): Plan<Memory> {
    const blends = this.#narrow && z !== null && beta !== 0;
    return blends || !this.#keeps(epsilon) || this.#cudnn === null ? this.#fused : this.#cudnn;
  }

  #keeps(epsilon: number): boolean {
    return keepsEpsilon(this.#wide, epsilon);
  }
}

function cudnnPlan(spec: PlanSpec, host: PlanHost): CudnnPlan | null {
  try {
    return new CudnnPlan(spec, host);
  } catch (error) {
    if (isBatchNormError(error) && error.code === "UNSUPPORTED") return null;
    throw error;
  }
}
