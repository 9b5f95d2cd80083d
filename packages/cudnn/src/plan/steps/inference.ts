import type { ForwardInferenceCall } from "@batchnorm/core";
import type { CudnnMemory } from "../../device/cudnnMemory.js";
import { SLOT, STEP } from "../../native/callRecord.js";
import type { Choice } from "../choice.js";
import type { PlanContext } from "../planContext.js";
import { checkEpsilon } from "./checkEpsilon.js";
import { addToResidual, fillForward, placeResidual } from "./forwardSteps.js";
import { copyBytes, relu } from "./moves.js";

type Call = ForwardInferenceCall<CudnnMemory>;

/** The forward with the running statistics. cuDNN fuses nothing here. */
export class Inference {
  readonly #context: PlanContext;
  readonly #choice: Choice;

  constructor(context: PlanContext, choice: Choice) {
    this.#context = context;
    this.#choice = choice;
  }

  run(call: Call): void {
    checkEpsilon(this.#context, call.epsilon);
    const { y, z } = call;
    let { x } = call;
    if (z !== null) {
      x = this.#sourceBesides(call);
      this.#prove(call, x);
      placeResidual(this.#context, this.#choice.plan, call, z);
    }
    do {
      this.#fill(call, x);
      if (z !== null) addToResidual(this.#context, call);
    } while (!this.#choice.attempt(STEP.forwardInference));
    if (call.activation === "relu") relu(this.#context, this.#choice.plan, y);
    y.touch();
  }

  /** x, or a copy of it where y is x: y is about to hold the residual. */
  #sourceBesides({ x, y }: Call): CudnnMemory {
    if (x !== y) return x;
    const { host, byteLength } = this.#context;
    const copy = host.dataScratch.memory(byteLength);
    copyBytes(this.#context, this.#choice.plan, x, copy);
    return copy;
  }

  /** Finds the way that cuDNN takes while y may be overwritten, and before z is in it. */
  #prove(call: Call, x: CudnnMemory): void {
    if (this.#choice.settled || call.beta !== 0) return;
    do this.#fill(call, x);
    while (!this.#choice.attempt(STEP.forwardInference));
    call.y.touch();
  }

  #fill(call: Call, x: CudnnMemory): void {
    const { slots } = this.#context;
    fillForward(this.#context, call, x);
    slots[SLOT.runningMean] = call.running.mean.address;
    slots[SLOT.runningVariance] = call.running.variance.address;
  }
}
