import { BatchNormError } from "../errors/batchNormError.js";
import { namingCall } from "../errors/namingCall.js";
import type { Handler } from "../handler/handler.js";
import { checkSupported } from "../handler/support.js";
import type { Info, InfoDescriptor, InfoSaved, InfoStatistics } from "../info/info.js";
import { validateInfo } from "../info/validateInfo.js";
import { bytesOf } from "../tensor/hostValues.js";
import { createTensorDescriptor, type TensorDescriptor } from "../tensor/tensorDescriptor.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import { hostArray, type StatisticsDataType } from "../vocabulary/dataType.js";
import type { ToInfoArguments } from "./callArguments.js";
import { checkHandler } from "./checkHandler.js";
import type { Ops } from "./ops.js";
import type { OpsOptions } from "./opsOptions.js";
import type { Staging } from "./staging.js";
import type { SavedSource, StatisticsTensor } from "./statistics.js";
import { checkOptionalTensorLike } from "./tensorArguments.js";

interface OpsState {
  readonly mode: BatchNormMode;
  readonly options: OpsOptions;
  readonly epsilon: number;
  readonly staging: Staging | null;
}

type Values = Float32Array | Float64Array | null;

/** The saved layer of an ops. Enqueues every copy before it first waits. */
export async function infoOf(call: string, state: OpsState, args: ToInfoArguments): Promise<Info> {
  const { mode, options, epsilon, staging } = state;
  const source = staging?.saved?.source ?? null;
  const [mean, variance, savedMean, savedInvVariance, meanLow, scale, bias] =
    staging === null ? readNothing(call, args) : await readAll(call, staging, args);
  const statistics =
    staging === null
      ? null
      : withPlaceholders(staging.parameters, mean, variance, savedMean, savedInvVariance);
  const info: Info = {
    mode,
    dataType: staging?.parameters.dataType ?? "float32",
    epsilon,
    exponentialFactor: 0,
    format: "unknown",
    nanPropagation: 0,
    statistics,
    extension: {
      specificationVersion: 1,
      runningVariance: options.runningVariance,
      hasRunningStatistics: options.runningStatistics,
      hasSavedStatistics: options.savedStatistics,
      saved: source === null ? null : infoSaved(source, meanLow),
      averaging: args.averaging ?? null,
      scale,
      bias,
    },
  };
  return validateInfo(info, call);
}

function readAll(call: string, staging: Staging, args: ToInfoArguments): Promise<Values[]> {
  const { parameters, running, saved } = staging;
  const given = (name: "scale" | "bias") =>
    checkOptionalTensorLike(call, name, args[name], staging.handler, parameters);
  const tensors = [
    running?.mean,
    running?.variance,
    saved?.mean,
    saved?.invVariance,
    saved?.meanLow,
    given("scale"),
    given("bias"),
  ] as (StatisticsTensor | null | undefined)[];
  return Promise.all(tensors.map(async (tensor) => (tensor ? tensor.read() : null)));
}

function readNothing(call: string, { scale, bias }: ToInfoArguments): Values[] {
  if (scale === undefined && bias === undefined) return new Array<null>(7).fill(null);
  const message = `${call}: scale and bias have no shape before stage(x)`;
  throw new BatchNormError("NOT_STAGED", message, { details: { call } });
}

/** The Go format has all four buffers or none: what an ops does without is saved as if fresh. */
function withPlaceholders(
  { dims, strides, dataType, storageLength }: TensorDescriptor<StatisticsDataType>,
  mean: Values,
  variance: Values,
  savedMean: Values,
  savedInvVariance: Values,
): InfoStatistics {
  const zeros = () => hostArray(dataType, storageLength);
  return {
    dims,
    strides,
    runningMean: mean ?? zeros(),
    runningVariance: variance ?? zeros().fill(1),
    savedMean: savedMean ?? zeros(),
    savedInvVariance: savedInvVariance ?? zeros(),
  };
}

function infoSaved({ epsilon, descriptor }: SavedSource, meanLow: Values): InfoSaved {
  return { epsilon, descriptor: descriptor && infoDescriptor(descriptor), meanLow };
}

function infoDescriptor({ dataType, format, dims, strides }: TensorDescriptor): InfoDescriptor {
  return { dataType, format, dims, strides };
}

/** An ops with the statistics of a saved layer; nothing stays allocated if that fails. */
export function restore(
  call: string,
  handler: Handler,
  given: Info,
  create: (mode: BatchNormMode, options: OpsOptions) => Ops,
): Ops {
  checkHandler(call, handler);
  const info = validateInfo(given, call);
  const { extension, statistics } = info;
  const ops = create(info.mode, {
    runningVariance: extension?.runningVariance ?? "unbiased",
    savedStatistics: extension?.hasSavedStatistics ?? true,
    runningStatistics: extension?.hasRunningStatistics ?? true,
  });
  ops.adopt(
    statistics === null ? null : stagingOf(call, handler, info, statistics, ops),
    info.epsilon,
  );
  return ops;
}

function stagingOf(
  call: string,
  handler: Handler,
  info: Info,
  statistics: InfoStatistics,
  ops: Ops,
): Staging {
  const parameters = handler.intern(
    createTensorDescriptor(
      { dataType: info.dataType, format: "NCHW", dims: statistics.dims },
      call,
    ),
  );
  checkSupported(call, handler.capabilities, parameters);
  const staging = namingCall(call, () => ops.stageParameters(parameters));
  try {
    fill(handler, staging, info, statistics);
  } catch (error) {
    staging.release();
    throw error;
  }
  return staging;
}

function fill(
  handler: Handler,
  { running, saved }: Staging,
  { extension }: Info,
  statistics: InfoStatistics,
): void {
  const put = (tensor: StatisticsTensor | null | undefined, values: Values) => {
    if (tensor && values) handler.device.initialize(tensor.memory, bytesOf(values));
  };
  put(running?.mean, statistics.runningMean);
  put(running?.variance, statistics.runningVariance);
  put(saved?.mean, statistics.savedMean);
  put(saved?.invVariance, statistics.savedInvVariance);
  put(saved?.meanLow, extension?.saved?.meanLow ?? null);
  const source = sourceOf(handler, extension);
  if (source !== null) saved?.set(source.epsilon, source.descriptor);
}

/** A file of the Go package does not say what its saved statistics belong to. */
function sourceOf(handler: Handler, extension: Info["extension"]): SavedSource | null {
  if (extension === null) return { epsilon: null, descriptor: null };
  if (extension.saved === null) return null;
  const { epsilon, descriptor } = extension.saved;
  return { epsilon, descriptor: descriptor && handler.intern(createTensorDescriptor(descriptor)) };
}
