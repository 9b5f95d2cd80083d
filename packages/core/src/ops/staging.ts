import { argumentError } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";
import { namingCall } from "../errors/namingCall.js";
import type { Handler } from "../handler/handler.js";
import type { CachedPlan } from "../handler/planCache.js";
import type { TensorOwner } from "../tensor/tensor.js";
import {
  describeDescriptor,
  sameNumbers,
  type TensorDescriptor,
} from "../tensor/tensorDescriptor.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import { type StatisticsDataType, statisticsDataType } from "../vocabulary/dataType.js";
import type { OpsOptions } from "./opsOptions.js";
import { overlapCheck } from "./overlapCheck.js";
import { parameterDescriptor } from "./parameterDescriptor.js";
import { RunningStatistics, SavedStatistics } from "./statistics.js";

/** What staging fixes: the parameter dims, and the statistics of that shape. */
export class Staging {
  readonly handler: Handler;
  readonly parameters: TensorDescriptor<StatisticsDataType>;
  readonly running: RunningStatistics | null;
  readonly saved: SavedStatistics | null;
  readonly #mode: BatchNormMode;
  readonly #extraSaved = new Set<SavedStatistics>();
  #current: CachedPlan | null = null;

  constructor(
    handler: Handler,
    mode: BatchNormMode,
    options: OpsOptions,
    parameters: TensorDescriptor<StatisticsDataType>,
    owner: TensorOwner,
  ) {
    this.handler = handler;
    this.#mode = mode;
    this.parameters = parameters;
    this.running = options.runningStatistics
      ? new RunningStatistics(handler, parameters, options.runningVariance, owner)
      : null;
    try {
      this.saved = options.savedStatistics ? new SavedStatistics(handler, parameters) : null;
    } catch (error) {
      this.running?.release();
      throw error;
    }
  }

  /** The plan for this x, prepared now if it is new. */
  planFor(call: string, x: TensorDescriptor): CachedPlan {
    const current = this.#current;
    if (current !== null && current.x === x && current.live) {
      this.handler.plans.touch(current);
      return current;
    }
    this.#checkFits(call, x);
    const parameters = this.parameters;
    const create = () => this.handler.device.createPlan({ mode: this.#mode, x, parameters });
    const find = () => this.handler.plans.get(this.#mode, x, create);
    this.#current = namingCall(call, find);
    return this.#current;
  }

  runningFor(call: string): RunningStatistics {
    return this.running ?? disabled(call, "runningStatistics");
  }

  savedFor(call: string): SavedStatistics {
    return this.saved ?? disabled(call, "savedStatistics");
  }

  createSaved(): SavedStatistics {
    const saved = new SavedStatistics(this.handler, this.parameters);
    for (const old of this.#extraSaved) if (old.disposed) this.#extraSaved.delete(old);
    this.#extraSaved.add(saved);
    return saved;
  }

  /** The caller's saved statistics, or the ops' own (null if it keeps none). */
  savedOf(call: string, given: SavedStatistics | undefined): SavedStatistics | null {
    if (given === undefined || given === this.saved) return this.saved;
    if (!this.#extraSaved.has(given)) {
      throw argumentError("HANDLER_MISMATCH", {
        call,
        argument: "saved",
        expected: "what createSaved of this ops gave since it was staged",
        received: given,
      });
    }
    if (!given.disposed) return given;
    throw new BatchNormError("DISPOSED", `${call}: saved: the saved statistics were disposed`, {
      details: { call, argument: "saved" },
    });
  }

  /** Marks the statistics that a training forward writes as outputs of this call. */
  claimStatistics(call: string, saved: SavedStatistics | null): void {
    overlapCheck.state(call, "runningMean", this.running?.mean ?? null);
    overlapCheck.state(call, "runningVariance", this.running?.variance ?? null);
    overlapCheck.state(call, "savedMean", saved?.mean ?? null);
    overlapCheck.state(call, "savedInvVariance", saved?.invVariance ?? null);
  }

  release(): void {
    this.running?.release();
    this.saved?.dispose();
    for (const saved of this.#extraSaved) saved.dispose();
  }

  #checkFits(call: string, x: TensorDescriptor): void {
    const { dims, dataType } = parameterDescriptor(call, this.#mode, x);
    const sameType = statisticsDataType(x.dataType) === this.parameters.dataType;
    if (sameType && sameNumbers(dims, this.parameters.dims)) return;
    throw argumentError(sameType ? "SHAPE_MISMATCH" : "DATA_TYPE_MISMATCH", {
      call,
      argument: "x",
      expected: `a tensor with parameters ${describeDescriptor(this.parameters)}`,
      received: x,
      receivedText: `${describeDescriptor(x)}, with parameters ${dataType} ${dims.join("x")}`,
    });
  }
}

function disabled(call: string, option: keyof OpsOptions): never {
  const message = `${call}: this ops was made with ${option}: false`;
  throw new BatchNormError("STATISTICS_DISABLED", message, { details: { call, option } });
}
