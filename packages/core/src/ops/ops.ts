import { argumentError } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";
import { checkFraction, checkObject } from "../errors/check.js";
import { namingCall } from "../errors/namingCall.js";
import type { Handler } from "../handler/handler.js";
import type { Info } from "../info/info.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  describeDescriptor,
  type TensorDescriptor,
  type TensorSpec,
} from "../tensor/tensorDescriptor.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import type { StatisticsDataType } from "../vocabulary/dataType.js";
import { disposeSymbol } from "../vocabulary/dispose.js";
import type {
  BackwardArguments,
  BackwardInferenceArguments,
  ForwardInferenceArguments,
  ForwardTrainingArguments,
  ToInfoArguments,
} from "./callArguments.js";
import {
  BackwardInferenceRecord,
  BackwardRecord,
  InferenceRecord,
  TrainingRecord,
} from "./callRecords.js";
import { backwardEpsilon, checkBackward, checkSource } from "./checkBackward.js";
import { checkForward, epsilonOf } from "./checkForward.js";
import { checkManyValues } from "./checkManyValues.js";
import { infoOf, restore } from "./opsInfo.js";
import type { OpsOptions } from "./opsOptions.js";
import { overlapCheck } from "./overlapCheck.js";
import { parameterDescriptor } from "./parameterDescriptor.js";
import { Staging } from "./staging.js";
import type { SavedStatistics, StatisticsTensor } from "./statistics.js";
import { checkTensor, descriptorOf } from "./tensorArguments.js";

/**
 * Batch normalization in stages: pre-staged with a mode, staged with x, then called. Owns the running
 * statistics. Calls enqueue and return; every argument is checked before anything is written.
 * Source: Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167; conventions of cuDNN.
 */
export class Ops {
  readonly handler: Handler;
  readonly mode: BatchNormMode;
  readonly options: OpsOptions;
  #staging: Staging | null = null;
  #lastX: TensorDescriptor | null = null;
  #lastEpsilon = 0;
  #disposed = false;
  readonly #training = new TrainingRecord();
  readonly #inference = new InferenceRecord();
  readonly #backward = new BackwardRecord();
  readonly #backwardInference = new BackwardInferenceRecord();
  readonly #owner = { label: "an ops", onWrite: () => {} };

  /** @internal Use `preStageSpatial`, `preStagePerActivation`, `preStageSpatialPersistent`. */
  constructor(handler: Handler, mode: BatchNormMode, options: OpsOptions) {
    this.handler = handler;
    this.mode = mode;
    this.options = options;
  }

  /**
   * An ops restored from a saved layer, staged already (unless the layer never was), on any backend.
   * @throws BatchNormError `INFO_INVALID`, `UNSUPPORTED`, `OUT_OF_MEMORY`, `DISPOSED`
   */
  static fromInfo(handler: Handler, info: Info): Ops {
    return restore(
      "Ops.fromInfo",
      handler,
      info,
      (mode, options) => new Ops(handler, mode, options),
    );
  }

  /**
   * Prepares for this x and makes the statistics. Again with the same parameter dims: keeps them.
   * @throws BatchNormError `PARAMETER_SHAPE_CHANGED`, `INVALID_DESCRIPTOR`, `UNSUPPORTED`,
   * `OUT_OF_MEMORY`, `HANDLER_MISMATCH`, `DISPOSED`
   */
  stage(x: Tensor | TensorSpec): void {
    const call = "Ops.stage";
    this.#checkUsable(call);
    const descriptor = descriptorOf(call, this.handler, x);
    const parameters = this.handler.intern(parameterDescriptor(call, this.mode, descriptor));
    if (this.#staging !== null && this.#staging.parameters !== parameters) {
      throw argumentError("PARAMETER_SHAPE_CHANGED", {
        call,
        argument: "x",
        expected: `parameters ${describeDescriptor(this.#staging.parameters)} as before, or reset()`,
        received: x,
        receivedText: describeDescriptor(parameters),
      });
    }
    const staging = this.#staging ?? namingCall(call, () => this.stageParameters(parameters));
    try {
      staging.planFor(call, descriptor);
    } catch (error) {
      if (staging !== this.#staging) staging.release();
      throw error;
    }
    this.#staging = staging;
    this.#lastX = descriptor;
  }

  /** Descriptor of scale, bias, their gradients and the statistics. @throws `NOT_STAGED` */
  get scaleBiasDescriptor(): TensorDescriptor<StatisticsDataType> {
    return this.#staged("Ops.scaleBiasDescriptor").parameters;
  }

  /** @throws BatchNormError `NOT_STAGED`, `STATISTICS_DISABLED` */
  get runningMean(): StatisticsTensor {
    return this.#staged("Ops.runningMean").runningFor("Ops.runningMean").mean;
  }

  /** Of the convention in `options.runningVariance`. */
  get runningVariance(): StatisticsTensor {
    return this.#staged("Ops.runningVariance").runningFor("Ops.runningVariance").variance;
  }

  get savedMean(): StatisticsTensor {
    return this.#staged("Ops.savedMean").savedFor("Ops.savedMean").mean;
  }

  /** 1/sqrt(variance + epsilon), as cuDNN names it. */
  get savedInvVariance(): StatisticsTensor {
    return this.#staged("Ops.savedInvVariance").savedFor("Ops.savedInvVariance").invVariance;
  }

  /** Further saved statistics, so that two forwards may precede one backward. */
  createSaved(): SavedStatistics {
    const call = "Ops.createSaved";
    const staging = this.#staged(call);
    return namingCall(call, () => staging.createSaved());
  }

  /**
   * y = alpha · activation((x − mean)/sqrt(variance + epsilon) · scale + bias + z) + beta · y with the
   * statistics of this batch (biased variance), which are saved and averaged into the running ones.
   * An empty x changes nothing.
   */
  forwardTraining(args: ForwardTrainingArguments): void {
    const call = "Ops.forwardTraining";
    const staging = this.#begin(call, args);
    const x = checkTensor(call, "x", args.x, this.handler);
    const { plan } = staging.planFor(call, x.descriptor);
    const record = this.#training;
    const saved = staging.savedOf(call, args.saved);
    record.averagingFactor = checkFraction(call, "averagingFactor", args.averagingFactor);
    overlapCheck.begin(this.handler);
    overlapCheck.input(x);
    checkForward(call, args, x, staging.parameters, record);
    staging.claimStatistics(call, saved);
    if (x.descriptor.elementCount === 0) return;
    checkManyValues(call, x.descriptor, staging.parameters);
    record.running = staging.running?.memory ?? null;
    record.saved = saved?.memory ?? null;
    plan.forwardTraining(record);
    saved?.set(record.epsilon, x.descriptor);
    this.#lastEpsilon = record.epsilon;
  }

  /** y as in `forwardTraining`, with the running statistics, which stay as they are. y may be x. */
  forwardInference(args: ForwardInferenceArguments): void {
    const call = "Ops.forwardInference";
    const staging = this.#begin(call, args);
    const x = checkTensor(call, "x", args.x, this.handler);
    const { plan } = staging.planFor(call, x.descriptor);
    const record = this.#inference;
    record.running = staging.runningFor(call).memory;
    overlapCheck.begin(this.handler);
    checkForward(call, args, x, staging.parameters, record);
    if (x.descriptor.elementCount === 0) return;
    plan.forwardInference(record);
    this.#lastEpsilon = record.epsilon;
  }

  /**
   * Gradients of `forwardTraining`, with the statistics it saved; without saved statistics those of
   * x are computed again. An empty x has parameter gradients of 0.
   */
  backward(args: BackwardArguments): void {
    const call = "Ops.backward";
    const staging = this.#begin(call, args);
    const x = checkTensor(call, "x", args.x, this.handler);
    const { plan } = staging.planFor(call, x.descriptor);
    const record = this.#backward;
    const saved = staging.savedOf(call, args.saved);
    overlapCheck.begin(this.handler);
    overlapCheck.input(saved?.mean ?? null);
    overlapCheck.input(saved?.invVariance ?? null);
    checkBackward(call, args, x, staging.parameters, record);
    if (x.descriptor.elementCount > 0) {
      checkManyValues(call, x.descriptor, staging.parameters);
      if (saved !== null) checkSource(call, saved, x.descriptor);
      record.epsilon = backwardEpsilon(call, args.epsilon, saved);
    }
    record.saved = saved?.memory ?? null;
    plan.backward(record);
  }

  /** Gradients of `forwardInference`: for training on with frozen statistics. */
  backwardInference(args: BackwardInferenceArguments): void {
    const call = "Ops.backwardInference";
    const staging = this.#begin(call, args);
    if (!this.handler.capabilities.backwardInference) {
      const message = `${call}: this backend declares that it has no backward with fixed statistics`;
      throw new BatchNormError("UNSUPPORTED", message, { details: { call } });
    }
    const x = checkTensor(call, "x", args.x, this.handler);
    const { plan } = staging.planFor(call, x.descriptor);
    const record = this.#backwardInference;
    record.running = staging.runningFor(call).memory;
    record.epsilon = epsilonOf(call, args.epsilon);
    overlapCheck.begin(this.handler);
    checkBackward(call, args, x, staging.parameters, record);
    plan.backwardInference(record);
  }

  /** In words: what this ops runs for `x` (default: the x last staged), and why. */
  describe(x?: Tensor | TensorSpec): string {
    const call = "Ops.describe";
    const staging = this.#staged(call);
    const descriptor = x === undefined ? this.#lastX : descriptorOf(call, this.handler, x);
    if (descriptor !== null) return staging.planFor(call, descriptor).plan.description;
    const message = `${call}: x: expected a tensor or descriptor, since this ops was restored without one`;
    throw new BatchNormError("INVALID_ARGUMENT", message, { details: { call } });
  }

  /**
   * The layer as it is at this place in the order of calls, to save with `stringifyInfo`.
   * Scale and bias are saved if given.
   */
  async toInfo(args: ToInfoArguments = {}): Promise<Info> {
    const call = "Ops.toInfo";
    this.#checkUsable(call);
    checkObject(call, "arguments", args);
    const { mode, options } = this;
    const state = { mode, options, epsilon: this.#lastEpsilon, staging: this.#staging };
    return infoOf(call, state, args);
  }

  /** Forgets statistics and staging. Their tensors are disposed; stage again. */
  reset(): void {
    this.#checkUsable("Ops.reset");
    this.#release();
  }

  /** Frees the statistics. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#release();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal Takes over what a saved layer holds. */
  adopt(staging: Staging | null, epsilon: number): void {
    this.#staging = staging;
    this.#lastEpsilon = epsilon;
  }

  /** @internal Fresh statistics of this shape, owned by this ops but not yet part of it. */
  stageParameters(parameters: TensorDescriptor<StatisticsDataType>): Staging {
    return new Staging(this.handler, this.mode, this.options, parameters, this.#owner);
  }

  #release(): void {
    this.#staging?.release();
    this.#staging = null;
    this.#lastX = null;
    this.#lastEpsilon = 0;
  }

  #begin(call: string, args: object): Staging {
    const staging = this.#staged(call);
    checkObject(call, "arguments", args);
    return staging;
  }

  #staged(call: string): Staging {
    this.#checkUsable(call);
    if (this.#staging !== null) return this.#staging;
    throw new BatchNormError("NOT_STAGED", `${call}: call stage(x) first`, { details: { call } });
  }

  #checkUsable(call: string): void {
    this.handler.checkUsable(call);
    if (!this.#disposed) return;
    throw new BatchNormError("DISPOSED", `${call}: the ops was disposed`, { details: { call } });
  }
}
