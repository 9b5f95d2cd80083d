import { BatchNormError } from "@batchnorm/core";

/** What the plans of a device need while a call runs, kept for the next call. */
export type Role =
  | "x"
  | "gradient"
  | "residual"
  | "mean"
  | "low"
  | "variance"
  | "invStd"
  | "scale"
  | "bias"
  | "dScale"
  | "dBias";

export const DATA_ROLES: readonly Role[] = ["x", "gradient", "residual"];
export const PARAMETER_ROLES: readonly Role[] = [
  "mean",
  "low",
  "variance",
  "invStd",
  "scale",
  "bias",
  "dScale",
  "dBias",
];

/** Scratch arrays of float64, one for each role, shared by all plans: a device runs one call at a time. */
export class Workspace {
  readonly #arrays = new Map<Role, Float64Array>();

  /** Makes room now, so that no call can run out of memory halfway. */
  reserve(roles: readonly Role[], length: number): void {
    for (const role of roles) this.array(role, length);
  }

  /** At least `length` elements of any content. */
  array(role: Role, length: number): Float64Array {
    const known = this.#arrays.get(role);
    if (known !== undefined && known.length >= length) return known;
    const grown = allocate(length);
    this.#arrays.set(role, grown);
    return grown;
  }

  clear(): void {
    this.#arrays.clear();
  }
}

function allocate(length: number): Float64Array {
  try {
    return new Float64Array(length);
  } catch (cause) {
    const message = `cpu: no memory for a workspace of ${8 * length} bytes`;
    throw new BatchNormError("OUT_OF_MEMORY", message, {
      details: { byteLength: 8 * length },
      cause,
    });
  }
}
