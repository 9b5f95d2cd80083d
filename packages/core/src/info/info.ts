import type { VarianceConvention } from "../vocabulary/activation.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import type { DataType, StatisticsDataType } from "../vocabulary/dataType.js";
import type { TensorFormat } from "../vocabulary/tensorFormat.js";

/** Values of a statistic: `Float32Array` for float32, `Float64Array` for float64. */
export type StatisticsArray = Float32Array | Float64Array;

/**
 * A saved layer: what the Go package gocunets writes (all fields but `extension`), and what it lacks
 * (`extension`). On the wire: see {@link stringifyInfo}.
 */
export interface Info {
  readonly mode: BatchNormMode;
  /** Type of the statistics: float64 for float64 tensors, else float32. */
  readonly dataType: StatisticsDataType;
  /** Key `Epsilon`: the epsilon last used, 0 if none; the Go package always writes 0. */
  readonly epsilon: number;
  /** Key `Exponentialfactor`: kept as found; the Go package always writes 0. */
  readonly exponentialFactor: number;
  /** Key `Format`; `unknown` is gocudnn's own 128, which both packages write. */
  readonly format: TensorFormat | "unknown";
  /** Key `Nan`: `cudnnNanPropagation_t`. */
  readonly nanPropagation: 0 | 1;
  /** null: never staged. */
  readonly statistics: InfoStatistics | null;
  /** null: a file without the key `batchnorm`, such as the Go package's. */
  readonly extension: InfoExtension | null;
}

/** Parameter shape and the four buffers of a saved layer. */
export interface InfoStatistics {
  /** Parameter dims: 1, C, 1… or, per activation, 1, C, spatial…. */
  readonly dims: readonly number[];
  /** Packed strides of `dims`. */
  readonly strides: readonly number[];
  readonly runningMean: StatisticsArray;
  readonly runningVariance: StatisticsArray;
  readonly savedMean: StatisticsArray;
  /** Inverse standard deviation 1/sqrt(variance + epsilon), as cuDNN names it. */
  readonly savedInvVariance: StatisticsArray;
}

/** What the Go format lacks, under its one extra key `batchnorm`. */
export interface InfoExtension {
  readonly specificationVersion: 1;
  readonly runningVariance: VarianceConvention;
  /** False where the ops did without: the buffers of `statistics` are then placeholders. */
  readonly hasRunningStatistics: boolean;
  readonly hasSavedStatistics: boolean;
  /** What the saved statistics belong to; null if no forward was recorded. */
  readonly saved: InfoSaved | null;
  readonly averaging: InfoAveraging | null;
  readonly scale: StatisticsArray | null;
  readonly bias: StatisticsArray | null;
}

/** What saved statistics belong to. */
export interface InfoSaved {
  /** null: unknown (restored from a file that did not say). */
  readonly epsilon: number | null;
  /** The descriptor of x; null: unknown. */
  readonly descriptor: InfoDescriptor | null;
  /** Low words of the saved mean; null: none (float64, or a backend without them). */
  readonly meanLow: StatisticsArray | null;
}

/** A tensor descriptor as it is saved. */
export interface InfoDescriptor {
  readonly dataType: DataType;
  readonly format: TensorFormat;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** How a layer chooses its averaging factors, and how many batches it has seen. */
export type InfoAveraging =
  | { readonly rule: "constant"; readonly factor: number; readonly count: number }
  | { readonly rule: "cumulative"; readonly count: number }
  | { readonly rule: "cappedCumulative"; readonly cap: number; readonly count: number };
