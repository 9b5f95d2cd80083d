import type { PlanSpec } from "@batchnorm/core";
import type { LaunchSpec } from "../native/addon.js";
import { type ColumnMap, setColumnMap } from "./columnMap.js";
import type { Fill, Normalization, Pass } from "./family.js";
import { granuleOf } from "./granule.js";
import { THREADS } from "./grid.js";
import { type Kernels, SUFFIX } from "./kernels.js";
import type { Params } from "./params.js";

/** Of a multiprocessor: more visits of each are worth it only beyond. */
const THREADS_TO_FILL = 1024;

/** One pass over a tensor without gaps, 16 bytes at a time: native/kernels/elementwise. */
export class Sweep implements Pass {
  readonly words = "16 bytes at a time";
  readonly #kernels: Kernels;
  readonly #suffix: string;
  readonly #map: ColumnMap;
  readonly #granules: number;
  readonly #tail: number;
  readonly #period: number;
  readonly #stride: number;
  readonly #variant: "uniform" | "mixed";

  constructor(kernels: Kernels, { x }: PlanSpec, map: ColumnMap) {
    const granule = granuleOf(x.dataType);
    this.#kernels = kernels;
    this.#suffix = SUFFIX[x.dataType];
    this.#map = map;
    this.#granules = Math.floor(x.elementCount / granule);
    this.#tail = x.elementCount % granule;
    this.#period = map.columns / commonDivisor(map.columns, granule);
    // One parameter for each run of `group` columns, which begin with a granule.
    const runs = map.remainderStep === 0 ? map.group : 1;
    this.#variant = runs % granule === 0 ? "uniform" : "mixed";
    const most = this.#variant === "uniform" ? 4 : 8;
    const fill = Math.floor(this.#granules / (kernels.multiprocessors * THREADS_TO_FILL));
    this.#stride = strideFor(this.#granules, this.#period, Math.max(1, Math.min(fill, most)));
  }

  normalize(kind: Normalization, blends: boolean, fill: Fill): LaunchSpec {
    const params = fill(this.#shaped("NormalizeParams"), "");
    return this.#launch(params, `${kind}_${this.#variant}${blends ? "_blend" : ""}`);
  }

  propagate(fill: Fill): LaunchSpec {
    const params = fill(this.#shaped("PropagateParams"), "");
    return this.#launch(params, `apply_backward_${this.#variant}`);
  }

  #shaped(struct: string): Params {
    const params = this.#kernels.params(struct).divisor("shape.period", this.#period);
    const { columns } = this.#map;
    const counts = { granules: this.#granules, stride: this.#stride, columns, tail: this.#tail };
    return setColumnMap(params.set(counts, "shape."), "shape.map", this.#map);
  }

  #launch(params: Params, kernel: string): LaunchSpec {
    const threads = Math.max(this.#stride, this.#tail, 1);
    return params.launch(
      `${kernel}_${this.#suffix}`,
      [Math.ceil(threads / THREADS), 1, 1],
      THREADS,
    );
  }
}

/** A multiple of the period, so that the columns of a thread stay the same at each of its visits. */
function strideFor(granules: number, period: number, visits: number): number {
  return period * Math.max(1, Math.ceil(granules / (period * visits)));
}

/** Columns and granules that the kernels can count. */
export function sweepTakes(map: ColumnMap, { x }: PlanSpec): boolean {
  return map.columns < 2 ** 29 && x.elementCount / granuleOf(x.dataType) < 2 ** 31;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
