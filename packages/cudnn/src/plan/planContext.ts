import { describeDescriptor, type PlanSpec } from "@batchnorm/core";
import { layoutOf } from "./layout.js";
import type { PlanHost } from "./planHost.js";
import { ReluMask } from "./reluMask.js";

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
  /** The gradient behind a ReLU. */
  readonly mask: ReluMask;
  /** For messages. */
  readonly words: string;

  constructor(spec: PlanSpec, host: PlanHost) {
    const { mode, x, parameters } = spec;
    this.mask = new ReluMask(host, spec);
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
