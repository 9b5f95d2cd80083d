import type {
  BackwardCall,
  BackwardInferenceCall,
  ForwardInferenceCall,
  ForwardTrainingCall,
  Plan,
  PlanSpec,
  SavedMemory,
} from "@batchnorm/core";
import type { CudnnMemory } from "../device/cudnnMemory.js";
import { FLAG, SLOT } from "../native/callRecord.js";
import { PlanContext } from "../plan/planContext.js";
import type { PlanHost } from "../plan/planHost.js";
import { familyFor } from "./families.js";
import type { Family } from "./family.js";
import type { Kernels } from "./kernels.js";
import * as launches from "./sequences.js";

type Memory = CudnnMemory;
type ForwardCall = ForwardTrainingCall<Memory> | ForwardInferenceCall<Memory>;
type GradientCall = BackwardCall<Memory> | BackwardInferenceCall<Memory>;

/** Batch norm of one descriptor by kernels of our own. What runs is in `sequences.ts` and the families. */
export class FusedPlan implements Plan<Memory> {
  readonly #context: PlanContext;
  readonly #family: Family;
  readonly #sequences: launches.Sequences;

  /** @throws BatchNormError `UNSUPPORTED` */
  constructor(spec: PlanSpec, host: PlanHost, kernels: Kernels) {
    this.#context = new PlanContext(spec, host);
    this.#family = familyFor(kernels, spec);
    this.#sequences = new launches.Sequences(host, kernels, this.#family, spec);
  }

  get description(): string {
    const { reduction, pass, parameters } = this.#family;
    const bytes = this.#context.byteLength;
    return [
      `cudnn: kernels of our own: statistics ${reduction.words}, ${parameters} in ${reduction.splits} parts; results ${pass.words}`,
      `training reads x twice and writes y: ${3 * bytes} bytes; backward ${5 * bytes}; inference ${2 * bytes}`,
      "ReLU and residual in the same passes",
    ].join(". ");
  }

  forwardTraining(call: ForwardTrainingCall<Memory>): void {
    this.#attempt(call, "Ops.forwardTraining", this.#forwardTraining);
  }

  forwardInference(call: ForwardInferenceCall<Memory>): void {
    this.#attempt(call, "Ops.forwardInference", this.#forwardInference);
  }

  backward(call: BackwardCall<Memory>): void {
    this.#attempt(call, "Ops.backward", this.#backward);
  }

  backwardInference(call: BackwardInferenceCall<Memory>): void {
    this.#attempt(call, "Ops.backwardInference", this.#backwardInference);
  }

  dispose(): void {
    this.#sequences.dispose();
  }

  /** `run` is a method of this, so that a call makes no closure. */
  #attempt<Call>(call: Call, name: string, run: (call: Call) => void): void {
    try {
      run.call(this, call);
    } catch (error) {
      const { host, words } = this.#context;
      throw host.errorOf(error, `${name}, ${words}`);
    }
  }

  #forwardTraining(call: ForwardTrainingCall<Memory>): void {
    const sequence = this.#sequences.get(
      blends(call) ? launches.TRAINING_BLENDED : launches.TRAINING,
    );
    const { slots } = this.#context;
    const { saved, averagingFactor } = call;
    // With a factor of 0 the running statistics stay as they are, whatever the batch was.
    const running = averagingFactor === 0 ? null : call.running;
    this.#fillForward(call);
    slots[SLOT.runningMean] = running === null ? 0 : running.mean.address;
    slots[SLOT.runningVariance] = running === null ? 0 : running.variance.address;
    slots[SLOT.averagingFactor] = averagingFactor;
    if (running !== null && running.convention === "biased") {
      slots[SLOT.flags] |= FLAG.biasedRunningVariance;
    }
    this.#fillStatistics(saved);
    sequence.run();
    call.y.touch();
    running?.mean.touch();
    running?.variance.touch();
    if (saved === null) return;
    saved.reserve?.dispose();
    saved.reserve = null;
    saved.mean.touch();
    saved.meanLow?.touch();
    saved.invVariance.touch();
  }

  #forwardInference(call: ForwardInferenceCall<Memory>): void {
    const sequence = this.#sequences.get(
      blends(call) ? launches.INFERENCE_BLENDED : launches.INFERENCE,
    );
    const { slots } = this.#context;
    this.#fillForward(call);
    slots[SLOT.runningMean] = call.running.mean.address;
    slots[SLOT.runningVariance] = call.running.variance.address;
    sequence.run();
    call.y.touch();
  }

  #backward(call: BackwardCall<Memory>): void {
    const sequence = this.#sequences.get(launches.BACKWARD);
    const { slots, empty } = this.#context;
    const { saved } = call;
    if (saved === null && !empty) this.#computeStatistics(call);
    this.#fillGradients(call);
    this.#fillStatistics(saved);
    slots[SLOT.epsilon] = call.epsilon;
    sequence.run();
    this.#touchGradients(call);
  }

  #backwardInference(call: BackwardInferenceCall<Memory>): void {
    const sequence = this.#sequences.get(launches.BACKWARD_INFERENCE);
    const { slots } = this.#context;
    this.#fillGradients(call);
    slots[SLOT.runningMean] = call.running.mean.address;
    slots[SLOT.runningVariance] = call.running.variance.address;
    slots[SLOT.epsilon] = call.epsilon;
    sequence.run();
    this.#touchGradients(call);
  }

  /** Those of x, into the workspace. */
  #computeStatistics({ x, epsilon }: BackwardCall<Memory>): void {
    const { slots } = this.#context;
    const sequence = this.#sequences.get(launches.STATISTICS);
    this.#fillStatistics(null);
    slots[SLOT.x] = x.address;
    slots[SLOT.epsilon] = epsilon;
    slots[SLOT.runningMean] = 0;
    slots[SLOT.runningVariance] = 0;
    slots[SLOT.flags] = 0;
    sequence.run();
  }

  /** Where the statistics of the batch are: in the workspace where nobody else keeps them. */
  #fillStatistics(saved: SavedMemory<Memory> | null): void {
    const { slots } = this.#context;
    const { workspace } = this.#sequences;
    slots[SLOT.savedMean] = saved === null ? workspace.mean : saved.mean.address;
    slots[SLOT.savedInvVariance] =
      saved === null ? workspace.invDeviation : saved.invVariance.address;
    const low = saved === null ? workspace.meanLow : (saved.meanLow?.address ?? 0);
    slots[SLOT.savedMeanLow] = low;
  }

  #fillForward(call: ForwardCall): void {
    const { slots } = this.#context;
    slots[SLOT.x] = call.x.address;
    slots[SLOT.y] = call.y.address;
    slots[SLOT.z] = call.z === null ? 0 : call.z.address;
    slots[SLOT.scale] = call.scale.address;
    slots[SLOT.bias] = call.bias.address;
    slots[SLOT.epsilon] = call.epsilon;
    slots[SLOT.alpha] = call.alpha;
    slots[SLOT.beta] = call.beta;
    slots[SLOT.flags] = call.activation === "relu" ? FLAG.relu : 0;
  }

  #fillGradients(call: GradientCall): void {
    const { slots } = this.#context;
    slots[SLOT.x] = call.x.address;
    slots[SLOT.y] = call.y === null ? 0 : call.y.address;
    slots[SLOT.dy] = call.dy.address;
    slots[SLOT.dx] = call.dx.address;
    slots[SLOT.dz] = call.dz === null ? 0 : call.dz.address;
    slots[SLOT.scale] = call.scale.address;
    slots[SLOT.dScale] = call.dScale.address;
    slots[SLOT.dBias] = call.dBias.address;
    slots[SLOT.alpha] = call.alphaData;
    slots[SLOT.beta] = call.betaData;
    slots[SLOT.alphaParam] = call.alphaParam;
    slots[SLOT.betaParam] = call.betaParam;
  }

  #touchGradients({ dx, dz, dScale, dBias }: GradientCall): void {
    dx.touch();
    dz?.touch();
    dScale.touch();
    dBias.touch();
  }
}

function blends({ z, beta }: ForwardCall): boolean {
  return z !== null || beta !== 0;
}
