import type { ForwardTrainingCall, RunningMemory, SavedMemory } from "@batchnorm/core";
import type { CudnnMemory } from "../../device/cudnnMemory.js";
import { SLOT, STEP } from "../../native/callRecord.js";
import type { Choice } from "../choice.js";
import { FusedForward, fusedForwardOf } from "../fusedForward.js";
import type { PlanContext } from "../planContext.js";
import { ADD_RELU, NO_FUSION } from "../way.js";
import { checkEpsilon } from "./checkEpsilon.js";
import { addToResidual, fillForward, placeResidual } from "./forwardSteps.js";
import { clear, relu } from "./moves.js";
import { finishRunning, prepareRunning, preparesRunning, runningFor } from "./runningSteps.js";

type Call = ForwardTrainingCall<CudnnMemory>;

/** With what is fused; null where cuDNN does not fuse. */
export interface TrainingChoices {
  readonly plain: Choice;
  readonly relu: Choice | null;
  readonly addRelu: Choice | null;
}

/** The training forward: in one call of cuDNN where it can, else in steps with the same result. */
export class Training {
  readonly #context: PlanContext;
  readonly #choices: TrainingChoices;

  constructor(context: PlanContext, choices: TrainingChoices) {
    this.#context = context;
    this.#choices = choices;
  }

  run(call: Call): void {
    checkEpsilon(this.#context, call.epsilon);
    const choice = this.#choiceFor(call);
    const running = runningFor(call);
    const residual = choice.fusion === ADD_RELU ? null : call.z;
    const prepares = residual !== null || preparesRunning(running, call.averagingFactor);
    if (prepares && !choice.settled) this.#prove(choice, call);

    if (prepares) {
      // Whatever needs memory comes first: without it nothing is written.
      this.#reserveFor(choice, call.saved);
      if (running !== null) {
        prepareRunning(this.#context, choice.plan, running, call.averagingFactor);
      }
      if (residual !== null) placeResidual(this.#context, choice.plan, call, residual);
    }
    do {
      this.#fill(choice, call, running, call.saved);
      if (residual !== null) addToResidual(this.#context, call);
    } while (!choice.attempt(STEP.forwardTraining));
    this.#finish(choice, call, running);
  }

  /** Fused with ReLU where cuDNN does that. */
  #choiceFor(call: Call): Choice {
    const { plain, relu, addRelu } = this.#choices;
    const choice = call.z === null ? relu : addRelu;
    if (call.activation !== "relu" || choice === null || choice.refused) return plain;
    if (!choice.settled) {
      try {
        this.#prove(choice, call);
      } catch (error) {
        if (!choice.refused) throw error;
        return plain;
      }
    }
    return choice;
  }

  /**
   * Finds the way that cuDNN takes by running it once into y, which is about to be overwritten, and
   * without statistics: so that a refusal comes before anything else is written.
   */
  #prove(choice: Choice, call: Call): void {
    // With beta ≠ 0 y is needed. Blended tensors are taken where others are, so that is no loss.
    if (call.beta !== 0) return;
    do this.#fill(choice, call, null, null);
    while (!choice.attempt(STEP.forwardTraining));
    call.y.touch();
  }

  #fill(
    choice: Choice,
    call: Call,
    running: RunningMemory<CudnnMemory> | null,
    saved: SavedMemory<CudnnMemory> | null,
  ): void {
    const { slots } = this.#context;
    const reserve = this.#reserveFor(choice, saved);
    fillForward(this.#context, call, call.x);
    slots[SLOT.z] = call.z === null ? 0 : call.z.address;
    slots[SLOT.averagingFactor] = call.averagingFactor;
    slots[SLOT.runningMean] = running === null ? 0 : running.mean.address;
    slots[SLOT.runningVariance] = running === null ? 0 : running.variance.address;
    slots[SLOT.savedMean] = saved === null ? 0 : saved.mean.address;
    slots[SLOT.savedInvVariance] = saved === null ? 0 : saved.invVariance.address;
    slots[SLOT.reserve] = reserve === null ? 0 : reserve.address;
    slots[SLOT.reserveBytes] = choice.plan.reserve;
  }

  /** Reserve space: kept with the saved statistics where a backward can use it. */
  #reserveFor(choice: Choice, saved: SavedMemory<CudnnMemory> | null): CudnnMemory | null {
    if (saved !== null && saved.reserve instanceof FusedForward) saved.reserve.forget();
    const bytes = choice.plan.reserve;
    if (bytes === 0) return null;
    const { host } = this.#context;
    if (saved === null) return host.reserveScratch.memory(bytes);
    const record = fusedForwardOf(saved);
    if (record.memory === null || record.memory.byteLength < bytes) {
      record.dispose();
      record.memory = host.allocate(bytes);
    }
    return record.memory;
  }

  #finish(choice: Choice, call: Call, running: RunningMemory<CudnnMemory> | null): void {
    const { plan, fusion } = choice;
    const { y, saved } = call;
    if (running !== null) finishRunning(this.#context, plan, running);
    if (call.activation === "relu" && fusion === NO_FUSION) relu(this.#context, plan, y);
    y.touch();
    if (saved === null) return;
    if (fusion === ADD_RELU) fusedForwardOf(saved).remember(y);
    const { meanLow } = saved;
    if (meanLow === null || meanLow.knownZero) return;
    clear(this.#context, plan, meanLow);
    meanLow.knownZero = true;
  }
}
