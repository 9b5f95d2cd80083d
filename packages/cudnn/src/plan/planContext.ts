import { describeDescriptor, type PlanSpec } from "@batchnorm/core";
import { layoutOf } from "./layout.js";
import type { PlanHost } from "./planHost.js";

/** What the steps of a plan know of it. */
export class PlanContext {
  readonly host: PlanHost;
  /** The call record of the device. */
  readonly slots: Float64Array;
  /** Bytes of x, gaps included. */
  readonly byteLength: number;
  /** No gaps: all bytes between the first and the last belong to the tensor. */
  readonly packed: boolean;
  readonly empty: boolean;
  /** float64. */
  readonly wide: boolean;
  /** Values that a statistic is taken over. */
  readonly valuesPerStatistic: number;
  /** For messages. */
  readonly words: string;

  constructor({ mode, x, parameters }: PlanSpec, host: PlanHost) {
    this.host = host;
    this.slots = host.native.call;
    this.byteLength = x.byteLength;
    this.packed = layoutOf(x) !== "strided";
    this.empty = x.elementCount === 0;
    this.wide = x.dataType === "float64";
    this.valuesPerStatistic = x.elementCount / parameters.elementCount;
    this.words = `${mode} batch norm of ${describeDescriptor(x)}`;
  }
}
