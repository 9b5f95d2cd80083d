import type { BackwardCall } from "@batchnorm/core";
import type { CudnnMemory } from "../../device/cudnnMemory.js";
import { SLOT, STEP } from "../../native/callRecord.js";
import type { Choice } from "../choice.js";
import { FusedForward } from "../fusedForward.js";
import type { PlanContext } from "../planContext.js";
import { checkEpsilon } from "./checkEpsilon.js";
import { copyValues, maskGradient, scaleParameter } from "./moves.js";

type Call = BackwardCall<CudnnMemory>;

/** The gradients of the training forward. */
export class Backward {
  readonly #context: PlanContext;
  readonly #plain: Choice;
  /** After a forward fused with residual and ReLU; null where cuDNN does not fuse. */
  readonly #fused: Choice | null;

  constructor(context: PlanContext, plain: Choice, fused: Choice | null) {
    this.#context = context;
    this.#plain = plain;
    this.#fused = fused;
  }

  run(call: Call): void {
    if (call.saved === null) checkEpsilon(this.#context, call.epsilon);
    if (this.#context.empty) this.#runEmpty(call);
    else if (!this.#runFused(call)) this.#runPlain(call);
    call.dx.touch();
    call.dz?.touch();
    call.dScale.touch();
    call.dBias.touch();
  }

  /** The gradients of nothing are 0, before they are blended. */
  #runEmpty({ dScale, dBias, betaParam }: Call): void {
    const { plan } = this.#plain;
    scaleParameter(this.#context, plan, dScale, betaParam);
    scaleParameter(this.#context, plan, dBias, betaParam);
  }

  /**
   * False where cuDNN cannot, or the forward has left no mask of this y. After ReLU alone it never is:
   * cuDNN would compute y again, in other roundings than the forward, and mask by that.
   */
  #runFused(call: Call): boolean {
    const choice = this.#fused;
    const left = call.saved?.reserve;
    if (choice === null || choice.refused || call.dz === null) return false;
    if (call.activation !== "relu" || !(left instanceof FusedForward)) return false;
    if (left.memory === null || !left.serves(call.y)) return false;
    const { slots } = this.#context;
    try {
      this.#fill(choice, call, call.dy);
      slots[SLOT.y] = call.y === null ? 0 : call.y.address;
      slots[SLOT.bias] = call.bias === null ? 0 : call.bias.address;
      slots[SLOT.dz] = call.dz.address;
      slots[SLOT.reserve] = left.memory.address;
      choice.attempt(STEP.backward);
      return true;
    } catch (error) {
      if (!choice.refused) throw error;
      return false;
    }
  }

  #runPlain(call: Call): void {
    const choice = this.#plain;
    const prepares = call.activation === "relu" || call.dz !== null;
    if (prepares && !choice.settled) this.#prove(call);
    const dy = prepares ? this.#prepareGradient(call) : call.dy;
    do this.#fill(choice, call, dy);
    while (!choice.attempt(STEP.backward));
  }

  /** Runs once into outputs that are about to be overwritten, so that a refusal comes before dz is. */
  #prove(call: Call): void {
    const { dx, dy, betaData, betaParam } = call;
    if (betaData !== 0 || betaParam !== 0 || dx === dy) return;
    do this.#fill(this.#plain, call, dy);
    while (!this.#plain.attempt(STEP.backward));
  }

  /** dz, and the gradient behind the activation. */
  #prepareGradient(call: Call): CudnnMemory {
    const { y, dy, dz } = call;
    const { plan } = this.#plain;
    if (y === null) {
      if (dz !== null) copyValues(this.#context, plan, dy, dz);
      return dy;
    }
    const masked = this.#placeForMasked(call);
    maskGradient(this.#context, plan, y, dy, masked);
    return masked;
  }

  /** dz is the masked gradient itself; dx is free for it where its old values do not count. */
  #placeForMasked({ dx, dz, betaData }: Call): CudnnMemory {
    if (dz !== null) return dz;
    if (betaData === 0) return dx;
    return this.#context.host.dataScratch.memory(this.#context.byteLength);
  }

  #fill(choice: Choice, call: Call, dy: CudnnMemory): void {
    const { slots } = this.#context;
    const { saved } = call;
    slots[SLOT.x] = call.x.address;
    slots[SLOT.y] = 0;
    slots[SLOT.dy] = dy.address;
    slots[SLOT.dx] = call.dx.address;
    slots[SLOT.dz] = 0;
    slots[SLOT.scale] = call.scale.address;
    slots[SLOT.bias] = 0;
    slots[SLOT.dScale] = call.dScale.address;
    slots[SLOT.dBias] = call.dBias.address;
    slots[SLOT.savedMean] = saved === null ? 0 : saved.mean.address;
    slots[SLOT.savedInvVariance] = saved === null ? 0 : saved.invVariance.address;
    slots[SLOT.epsilon] = call.epsilon;
    slots[SLOT.alpha] = call.alphaData;
    slots[SLOT.beta] = call.betaData;
    slots[SLOT.alphaParam] = call.alphaParam;
    slots[SLOT.betaParam] = call.betaParam;
    slots[SLOT.reserve] = 0;
    slots[SLOT.reserveBytes] = choice.plan.reserve;
  }
}
