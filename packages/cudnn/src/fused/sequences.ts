import type { PlanSpec } from "@batchnorm/core";
import type { CudnnMemory } from "../device/cudnnMemory.js";
import type { LaunchSpec, NativeSequence } from "../native/addon.js";
import type { PlanHost } from "../plan/planHost.js";
import type { Family, Workspace } from "./family.js";
import * as fill from "./fill.js";
import { shiftOf, THREADS } from "./grid.js";
import { type Kernels, SUFFIX } from "./kernels.js";
import type { Params } from "./params.js";

/** Threads of one parameter, at most a warp. */
const MAX_LANE_SHIFT = 5;
const MOMENTS_BYTES = 24;

/** The launches of a plan's operations, each made when first needed. */
export class Sequences {
  readonly #host: PlanHost;
  readonly #kernels: Kernels;
  readonly #family: Family;
  readonly #suffix: string;
  readonly #values: number;
  readonly #parameterBytes: number;
  readonly #empty: boolean;
  readonly #made: (NativeSequence | undefined)[] = [];
  #memory: CudnnMemory | null = null;
  #workspace: Workspace | null = null;

  constructor(host: PlanHost, kernels: Kernels, family: Family, { x, parameters }: PlanSpec) {
    this.#host = host;
    this.#kernels = kernels;
    this.#family = family;
    this.#suffix = SUFFIX[parameters.dataType];
    this.#values = x.elementCount / Math.max(1, parameters.elementCount);
    this.#empty = x.elementCount === 0;
    this.#parameterBytes = parameters.byteLength;
  }

  /** @throws NativeError */
  get(which: Which): NativeSequence {
    this.#made[which] ??= this.#host.native.createSequence(this.#launches(which));
    return this.#made[which];
  }

  /** Statistics that nobody else keeps. @throws NativeError */
  get workspace(): Workspace {
    this.#workspace ??= this.#allocate();
    return this.#workspace;
  }

  dispose(): void {
    for (const sequence of this.#made) sequence?.dispose();
    this.#made.length = 0;
    this.#memory?.dispose();
    this.#memory = null;
    this.#workspace = null;
  }

  #launches(which: Which): LaunchSpec[] {
    const family = this.#family;
    const work = this.workspace;
    const { parameters } = family;
    switch (which) {
      case TRAINING:
      case TRAINING_BLENDED: {
        const blends = which === TRAINING_BLENDED;
        const pass = family.pass.normalize("apply_forward", blends, fill.applyForward);
        return [...this.#statistics(), pass];
      }
      case INFERENCE:
      case INFERENCE_BLENDED: {
        const blends = which === INFERENCE_BLENDED;
        return [family.pass.normalize("inference", blends, fill.inference)];
      }
      case STATISTICS:
        return this.#statistics();
      case BACKWARD:
        if (this.#empty) return [this.#finishGradients(false)];
        return [
          family.reduction.gradients(fill.trainingSums(work, parameters)),
          this.#finishGradients(true),
          family.pass.propagate(fill.propagate(work)),
        ];
      case BACKWARD_INFERENCE:
        if (this.#empty) return [this.#finishGradients(false)];
        return [
          family.reduction.gradients(fill.fixedSums(work, parameters)),
          this.#finishGradients(false),
        ];
    }
  }

  #statistics(): LaunchSpec[] {
    const { reduction, parameters } = this.#family;
    return [reduction.moments(this.workspace, parameters), this.#finishMoments()];
  }

  #finishMoments(): LaunchSpec {
    const params = fill.statistics(this.#finish("FinishMomentsParams"), "target.");
    return this.#launch(params, "finish_moments");
  }

  /** @param means Leave what dx needs. */
  #finishGradients(means: boolean): LaunchSpec {
    const { meanGradient, meanProjection } = this.workspace;
    const params = fill.parameterGradients(this.#finish("FinishGradientsParams"), "target.");
    params.set({ count: this.#values });
    if (means) params.set({ meanGradient, meanProjection });
    return this.#launch(params, "finish_gradients");
  }

  #finish(struct: string): Params {
    return this.#kernels.params(struct).set({
      parts: this.workspace.parts,
      parameters: this.#family.parameters,
      splits: this.#empty ? 0 : this.#family.reduction.splits,
      laneShift: this.#laneShift,
    });
  }

  get #laneShift(): number {
    return Math.min(MAX_LANE_SHIFT, shiftOf(this.#family.reduction.splits));
  }

  #launch(params: Params, kernel: string): LaunchSpec {
    const threads = this.#family.parameters * 2 ** this.#laneShift;
    return params.launch(
      `${kernel}_${this.#suffix}`,
      [Math.ceil(threads / THREADS), 1, 1],
      THREADS,
    );
  }

  #allocate(): Workspace {
    const { parameters, reduction } = this.#family;
    const each = roundUp(this.#parameterBytes);
    const parts = roundUp(MOMENTS_BYTES * parameters * reduction.splits);
    this.#memory = this.#host.allocate(parts + 5 * each);
    const first = this.#memory.address;
    const after = first + parts;
    return {
      parts: first,
      mean: after,
      meanLow: after + each,
      invDeviation: after + 2 * each,
      meanGradient: after + 3 * each,
      meanProjection: after + 4 * each,
    };
  }
}

/** What a sequence computes; a number, so that finding it takes no memory. */
export type Which = 0 | 1 | 2 | 3 | 4 | 5 | 6;
export const TRAINING = 0;
export const INFERENCE = 1;
/** Of x, into the saved ones. */
export const STATISTICS = 2;
export const BACKWARD = 3;
export const BACKWARD_INFERENCE = 4;
/** With a residual, or beta ≠ 0. */
export const TRAINING_BLENDED = 5;
export const INFERENCE_BLENDED = 6;

/** To what the device aligns. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / 256) * 256;
}
