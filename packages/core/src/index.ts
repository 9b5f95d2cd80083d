/** Vocabulary, contract, Ops, Info and errors: what every backend and every user shares. */
export {
  averagingFactorFromMomentum,
  type MomentumConvention,
  momentumFromAveragingFactor,
} from "./averaging.js";
export { type Backend, type Probe, SPECIFICATION_VERSION } from "./contract/backend.js";
export type { AccuracyClass, Capabilities } from "./contract/capabilities.js";
export type { Device, DeviceDescription, DeviceMemory } from "./contract/device.js";
export type { DeviceTiming } from "./contract/deviceTiming.js";
export type {
  BackwardCall,
  BackwardInferenceCall,
  ForwardInferenceCall,
  ForwardTrainingCall,
  Plan,
  PlanSpec,
  ReserveSpace,
  RunningMemory,
  SavedMemory,
} from "./contract/plan.js";
export type { RuntimeError } from "./contract/runtimeError.js";
export { argumentError, describeValue, type Refusal } from "./errors/argumentError.js";
export {
  BatchNormError,
  type BatchNormErrorOptions,
  isBatchNormError,
} from "./errors/batchNormError.js";
export { checkObject, checkOneOf, checkOptions, checkPositiveInteger } from "./errors/check.js";
export { ERROR_CODES, type ErrorCode } from "./errors/errorCode.js";
export {
  checkBackend,
  checkHandlerOptions,
  type Handler,
  type HandlerOptions,
  openHandler,
  type RefusedBackend,
  type Selection,
} from "./handler/handler.js";
export type { HandlerTiming } from "./handler/handlerTiming.js";
export * from "./info/index.js";
export type {
  BackwardArguments,
  BackwardInferenceArguments,
  ForwardArguments,
  ForwardInferenceArguments,
  ForwardTrainingArguments,
  ToInfoArguments,
} from "./ops/callArguments.js";
export { Ops } from "./ops/ops.js";
export type { OpsOptions } from "./ops/opsOptions.js";
export {
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
} from "./ops/preStage.js";
export type { SavedSource, SavedStatistics, StatisticsTensor } from "./ops/statistics.js";
export type { HostValues } from "./tensor/hostValues.js";
export { logicalToStorage, storageToLogical } from "./tensor/logicalOrder.js";
export { type Rows, rowsOf } from "./tensor/rows.js";
export type { ReadOptions, Tensor } from "./tensor/tensor.js";
export {
  createTensorDescriptor,
  describeDescriptor,
  type TensorDescriptor,
  type TensorSpec,
} from "./tensor/tensorDescriptor.js";
export type { Activation, VarianceConvention } from "./vocabulary/activation.js";
export { BATCH_NORM_MODES, type BatchNormMode } from "./vocabulary/batchNormMode.js";
export {
  bytesPerElement,
  DATA_TYPES,
  type DataType,
  dataTypeCode,
  type HostArray,
  type HostArrays,
  hostArray,
  type StatisticsDataType,
  statisticsDataType,
} from "./vocabulary/dataType.js";
export { disposeSymbol } from "./vocabulary/dispose.js";
export { bfloat16, float16, type NarrowFloat } from "./vocabulary/narrowFloat.js";
export { TENSOR_FORMATS, type TensorFormat } from "./vocabulary/tensorFormat.js";
