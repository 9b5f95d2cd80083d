import {
  type BackwardCall,
  type BackwardInferenceCall,
  BatchNormError,
  type ForwardInferenceCall,
  type ForwardTrainingCall,
  type Plan,
  type PlanSpec,
} from "@batchnorm/core";
import type { CudnnMemory } from "../device/cudnnMemory.js";
import { Choice, NativePlans } from "./choice.js";
import { describePlan } from "./describe.js";
import { PlanContext } from "./planContext.js";
import type { PlanHost } from "./planHost.js";
import { type Operation, type Rule, ruleFor, tensorOf } from "./rules.js";
import { Backward } from "./steps/backward.js";
import { Inference } from "./steps/inference.js";
import { Training } from "./steps/training.js";
import { imageView } from "./view.js";
import { ADD_RELU, isExtended, NO_FUSION, RELU } from "./way.js";

/** What a plan does for one operation. */
interface Chosen {
  readonly rule: Rule;
  readonly choice: Choice;
}

/**
 * Batch norm of one descriptor, out of calls of cuDNN. Which calls is in `rules.ts`; how they make up
 * what a call asks for, in `steps/`.
 */
export class CudnnPlan implements Plan<CudnnMemory> {
  readonly #context: PlanContext;
  readonly #plans: NativePlans;
  readonly #chosen: Readonly<Record<Operation, Chosen>>;
  readonly #training: Training;
  readonly #backward: Backward;
  readonly #inference: Inference;

  constructor(spec: PlanSpec, host: PlanHost) {
    imageView(spec.mode, spec.x); // refuses here what no way could take
    const context = new PlanContext(spec, host);
    const plans = new NativePlans(host, spec);
    const tensor = tensorOf(spec.mode, spec.x);
    const choose = (operation: Operation): Chosen => {
      const rule = ruleFor(operation, tensor);
      return { rule, choice: new Choice(plans, rule.ways, NO_FUSION) };
    };
    const [training, backward] = [choose("training"), choose("backward")];
    const inference = choose("inference");
    const fused = ({ rule: { ways } }: Chosen, fusion: typeof RELU) =>
      isExtended(ways[0]) ? new Choice(plans, [ways[0]], fusion) : null;
    this.#context = context;
    this.#plans = plans;
    this.#chosen = { training, backward, inference };
    this.#training = new Training(context, {
      plain: training.choice,
      relu: fused(training, RELU),
      addRelu: fused(training, ADD_RELU),
    });
    this.#backward = new Backward(context, backward.choice, fused(backward, ADD_RELU));
    this.#inference = new Inference(context, inference.choice);
  }

  get description(): string {
    return describePlan(this.#chosen);
  }

  forwardTraining(call: ForwardTrainingCall<CudnnMemory>): void {
    try {
      this.#training.run(call);
    } catch (error) {
      throw this.#errorOf(error, "Ops.forwardTraining");
    }
  }

  forwardInference(call: ForwardInferenceCall<CudnnMemory>): void {
    try {
      this.#inference.run(call);
    } catch (error) {
      throw this.#errorOf(error, "Ops.forwardInference");
    }
  }

  backward(call: BackwardCall<CudnnMemory>): void {
    try {
      this.#backward.run(call);
    } catch (error) {
      throw this.#errorOf(error, "Ops.backward");
    }
  }

  /** Not called: the capabilities do not declare it. */
  backwardInference(_: BackwardInferenceCall<CudnnMemory>): void {
    const message = "cudnn: cuDNN has no backward with the running statistics";
    throw new BatchNormError("UNSUPPORTED", message);
  }

  dispose(): void {
    this.#plans.dispose();
    this.#context.mask.dispose();
  }

  #errorOf(error: unknown, call: string): unknown {
    return this.#context.host.errorOf(error, `${call}, ${this.#context.words}`);
  }
}
