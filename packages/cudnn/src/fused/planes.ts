import type { PlanSpec } from "@batchnorm/core";
import type { LaunchSpec } from "../native/addon.js";
import { SLOT } from "../native/callRecord.js";
import type { Fill, Reduction, Workspace } from "./family.js";
import { granuleOf } from "./granule.js";
import { MAX_COUNT, splitOf, THREADS } from "./grid.js";
import { type Kernels, SUFFIX } from "./kernels.js";
import type { Params } from "./params.js";

/** Granules of a thread that are worth a block. */
const GRANULES_PER_THREAD = 8;

/** NCHW: the values of a channel lie in planes. native/kernels/generic/planes*.cu. */
export class Planes implements Reduction {
  readonly words = "by planes of channels";
  readonly splits: number;
  readonly #kernels: Kernels;
  readonly #spec: PlanSpec;
  readonly #suffix: string;
  readonly #plane: number;
  readonly #granulesPerPlane: number;
  readonly #granulesPerChannel: number;
  readonly #perSplit: number;

  constructor(kernels: Kernels, spec: PlanSpec) {
    const { x } = spec;
    this.#kernels = kernels;
    this.#spec = spec;
    this.#plane = x.elementCount / (x.dims[0] * x.dims[1]);
    this.#granulesPerPlane = granulesPerPlane(spec);
    this.#granulesPerChannel = x.dims[0] * this.#granulesPerPlane;
    const ragged = this.#plane % granuleOf(x.dataType) !== 0;
    this.#suffix = `planes_${ragged ? "ragged" : "aligned"}_${SUFFIX[x.dataType]}`;
    const least = THREADS * GRANULES_PER_THREAD;
    const { perSplit, splits } = splitOf(
      this.#granulesPerChannel,
      x.dims[1],
      least,
      kernels.multiprocessors,
    );
    this.#perSplit = perSplit;
    this.splits = splits;
  }

  moments({ parts }: Workspace, parameters: number): LaunchSpec {
    const params = this.#shaped("PlanesMomentsParams");
    params.set({ parts, parameters }, "work.").take({ x: SLOT.x }, "work.");
    return this.#launch(params, "moments");
  }

  gradients(fill: Fill): LaunchSpec {
    return this.#launch(fill(this.#shaped("PlanesGradientsParams"), "work."), "gradients");
  }

  #shaped(struct: string): Params {
    const { x } = this.#spec;
    const params = this.#kernels.params(struct);
    params.divisor("shape.granulesPerPlane", this.#granulesPerPlane);
    return params.set(
      {
        count: x.elementCount,
        channels: x.dims[1],
        plane: this.#plane,
        granulesPerChannel: this.#granulesPerChannel,
        granulesPerSplit: this.#perSplit,
      },
      "shape.",
    );
  }

  #launch(params: Params, kernel: string): LaunchSpec {
    const grid = [this.#spec.x.dims[1], this.splits, 1] as const;
    return params.launch(`${kernel}_${this.#suffix}`, grid, THREADS);
  }
}

/** Spatial NCHW whose channels the kernels can count. */
export function planesTake(spec: PlanSpec): boolean {
  return spec.x.dims[0] * granulesPerPlane(spec) <= MAX_COUNT;
}

/** Where planes are no whole granules, one may begin and end inside one. */
function granulesPerPlane({ x }: PlanSpec): number {
  const granule = granuleOf(x.dataType);
  const plane = x.elementCount / (x.dims[0] * x.dims[1]);
  return plane % granule === 0 ? plane / granule : Math.ceil((plane - 1) / granule) + 1;
}
