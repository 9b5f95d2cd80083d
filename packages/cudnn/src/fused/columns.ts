import type { PlanSpec } from "@batchnorm/core";
import type { LaunchSpec } from "../native/addon.js";
import { SLOT } from "../native/callRecord.js";
import { type ColumnMap, setColumnMap } from "./columnMap.js";
import type { Fill, Reduction, Workspace } from "./family.js";
import { granuleOf } from "./granule.js";
import { shiftOf, splitOf, THREADS } from "./grid.js";
import { type Kernels, SUFFIX } from "./kernels.js";
import type { Params } from "./params.js";

/** Granules side by side, at most: 512 bytes, whole lines of memory. */
const WIDEST = 5;
/** Rows of a thread that are worth a block. */
const ROWS_PER_THREAD = 8;

/** Rows whose columns have their own parameters: native/kernels/generic/columns*.cu. */
export class Columns implements Reduction {
  readonly words = "by columns of rows";
  readonly splits: number;
  readonly #kernels: Kernels;
  readonly #suffix: string;
  readonly #map: ColumnMap;
  readonly #perSplit: number;
  readonly #laneShift: number;
  readonly #across: number;

  /** @param map Its columns are whole granules. */
  constructor(kernels: Kernels, { x }: PlanSpec, map: ColumnMap) {
    this.#kernels = kernels;
    this.#suffix = SUFFIX[x.dataType];
    this.#map = map;
    const granules = map.columns / granuleOf(x.dataType);
    this.#laneShift = Math.min(WIDEST, shiftOf(granules));
    this.#across = Math.ceil(granules / 2 ** this.#laneShift);
    const least = (THREADS >> this.#laneShift) * ROWS_PER_THREAD;
    const { perSplit, splits } = splitOf(map.rows, this.#across, least, kernels.multiprocessors);
    this.#perSplit = perSplit;
    this.splits = splits;
  }

  moments({ parts }: Workspace, parameters: number): LaunchSpec {
    const params = this.#shaped("ColumnsMomentsParams");
    params.set({ parts, parameters }, "work.").take({ x: SLOT.x }, "work.");
    return this.#launch(params, "moments_columns");
  }

  gradients(fill: Fill): LaunchSpec {
    return this.#launch(fill(this.#shaped("ColumnsGradientsParams"), "work."), "gradients_columns");
  }

  #shaped(struct: string): Params {
    const { rows, columns } = this.#map;
    const params = this.#kernels.params(struct);
    params.set(
      { rows, columns, rowsPerSplit: this.#perSplit, laneShift: this.#laneShift },
      "shape.",
    );
    return setColumnMap(params, "shape.map", this.#map);
  }

  #launch(params: Params, kernel: string): LaunchSpec {
    return params.launch(`${kernel}_${this.#suffix}`, [this.#across, this.splits, 1], THREADS);
  }
}

export function columnsTake(map: ColumnMap, { x }: PlanSpec): boolean {
  // In a map of runs a parameter has several columns, which this does not join.
  const own = map.group === 1 || map.remainderStep !== 0;
  return own && map.columns % granuleOf(x.dataType) === 0;
}
