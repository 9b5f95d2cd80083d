import type { Backend, DataType, Handler, HandlerOptions } from "@batchnorm/core";
import type { Declared } from "./declared.js";

/** What a case may use. */
export interface Context {
  readonly backend: Backend;
  /** A handler of this case alone. */
  readonly handler: Handler;
  /** As the backend declared them when the suite started. */
  readonly capabilities: Declared;
  /** Opens one more; the suite disposes it after the case. */
  open(options?: HandlerOptions): Promise<Handler>;
  /** Of everything random. */
  readonly seed: number;
  /** Runs of a property. */
  readonly runs: number;
}

/** One statement about every backend. */
export interface Case {
  /** Says what must hold, so that a failure names the broken rule. */
  readonly name: string;
  /** Why the case cannot be asked of a backend with these capabilities; null if it can. */
  readonly skip?: (capabilities: Declared) => string | null;
  run(context: Context): Promise<void>;
}

/** A requirement for `Case.skip`. */
export type Need = (capabilities: Declared) => string | null;

export const needs = {
  dataType:
    (dataType: DataType): Need =>
    ({ dataTypes }) =>
      dataTypes.includes(dataType) ? null : `${dataType} is not declared`,
  arbitraryStrides: (({ strides }) =>
    strides === "arbitrary" ? null : "only packed strides are declared") satisfies Need,
  packedStridesOnly: (({ strides }) =>
    strides === "packed" ? null : "arbitrary strides are declared") satisfies Need,
  backwardInference: (({ backwardInference }) =>
    backwardInference ? null : "backwardInference is not declared") satisfies Need,
  noBackwardInference: (({ backwardInference }) =>
    backwardInference ? "backwardInference is declared" : null) satisfies Need,
  blendedResidual:
    (dataType: DataType): Need =>
    ({ blendedResidual }) =>
      blendedResidual.includes(dataType) ? null : `z with beta ≠ 0 in ${dataType} is not declared`,
  determinism: (({ deterministic }) =>
    deterministic ? null : "determinism is not declared") satisfies Need,
  timing: (({ timing }) => (timing ? null : "no clock is declared")) satisfies Need,
  extendedMean: (({ accuracy }) =>
    accuracy === "extendedMean" ? null : `accuracy ${accuracy} is declared`) satisfies Need,
  plainMean: (({ accuracy }) =>
    accuracy === "plainMean" ? null : `accuracy ${accuracy} is declared`) satisfies Need,
};
