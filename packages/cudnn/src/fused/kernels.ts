import type { DataType } from "@batchnorm/core";
import type { BuiltKernels, DeviceFacts } from "../native/addon.js";
import { Params } from "./params.js";

/** As kernels' names end. */
export const SUFFIX: Readonly<Record<DataType, string>> = Object.freeze({
  float32: "f32",
  float64: "f64",
  float16: "f16",
  bfloat16: "bf16",
});

/** What of a device decides how kernels are launched. */
export type KernelFacts = Pick<DeviceFacts, "computeCapability" | "multiprocessors">;

/** Kernels of our own on a device, or why there are none. */
export class Kernels {
  /** Null where they can be used. */
  readonly reason: string | null;
  readonly multiprocessors: number;
  readonly #built: BuiltKernels;

  constructor(built: BuiltKernels, facts: KernelFacts) {
    const { computeCapability, multiprocessors } = facts;
    const [major, minor] = computeCapability;
    const old = major < 7 || (major === 7 && minor < 5);
    const words = `the device has compute capability ${major}.${minor}, and kernels of our own need 7.5`;
    this.reason = built.available ? (old ? words : null) : (built.reason ?? "none were built");
    this.multiprocessors = multiprocessors;
    this.#built = built;
  }

  has(name: string): boolean {
    return this.#built.names.includes(name);
  }

  /** A struct to fill. */
  params(struct: string): Params {
    const layout = this.#built.layouts[struct];
    if (layout === undefined) throw new TypeError(`the addon has no struct ${struct}`);
    return new Params(layout);
  }
}
