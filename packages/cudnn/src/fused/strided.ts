import { BatchNormError, describeDescriptor, type PlanSpec } from "@batchnorm/core";
import type { LaunchSpec } from "../native/addon.js";
import { SLOT } from "../native/callRecord.js";
import type { Fill, Normalization, Pass, Reduction, Workspace } from "./family.js";
import { MAX_COUNT, shiftOf, splitOf, THREADS } from "./grid.js";
import { type Kernels, SUFFIX } from "./kernels.js";
import type { Params } from "./params.js";
import { type Dim, type StridedTensor, sizeOf, stridedTensor } from "./stridedDims.js";

const MAX_RANK = 8;
/** Threads next to one another that read next to one another: a warp. */
const WARP_SHIFT = 5;
/** Values of a thread that are worth a block. */
const VALUES_PER_THREAD = 8;

/** Any strides: native/kernels/generic/strided*.cu. */
export class Strided implements Reduction, Pass {
  readonly words = "one element at a time, by any strides";
  readonly splits: number;
  readonly #kernels: Kernels;
  readonly #suffix: string;
  readonly #tensor: StridedTensor;
  readonly #laneShift: number;
  readonly #perSplit: number;
  readonly #grid: LaunchSpec["grid"];

  /** @throws BatchNormError `UNSUPPORTED` */
  constructor(kernels: Kernels, { mode, x }: PlanSpec) {
    this.#kernels = kernels;
    this.#suffix = SUFFIX[x.dataType];
    this.#tensor = stridedTensor(mode, x);
    const { kept, reduced } = this.#tensor;
    const [parameters, values] = [sizeOf(kept), sizeOf(reduced)];
    const ranks = Math.max(kept.length, reduced.length);
    if (ranks > MAX_RANK || parameters > MAX_COUNT || values > MAX_COUNT) {
      throw tooLarge(describeDescriptor(x));
    }
    this.#laneShift = laneShiftFor(kept, reduced);
    const across = Math.ceil(parameters / 2 ** this.#laneShift);
    const least = (THREADS >> this.#laneShift) * VALUES_PER_THREAD;
    const { perSplit, splits } = splitOf(values, across, least, kernels.multiprocessors);
    this.#perSplit = perSplit;
    this.splits = splits;
    this.#grid = [across, this.splits, 1];
  }

  moments({ parts }: Workspace, parameters: number): LaunchSpec {
    return this.#shaped("StridedMomentsParams")
      .set({ parts, parameters }, "work.")
      .take({ x: SLOT.x }, "work.")
      .launch(`moments_strided_${this.#suffix}`, this.#grid, THREADS);
  }

  gradients(fill: Fill): LaunchSpec {
    const params = fill(this.#shaped("StridedGradientsParams"), "work.");
    return params.launch(`gradients_strided_${this.#suffix}`, this.#grid, THREADS);
  }

  normalize(kind: Normalization, _blends: boolean, fill: Fill): LaunchSpec {
    const params = fill(this.#shaped("StridedNormalizeParams"), "normalize.");
    return params.launch(`${kind}_strided_${this.#suffix}`, this.#grid, THREADS);
  }

  propagate(fill: Fill): LaunchSpec {
    const params = fill(this.#shaped("StridedPropagateParams"), "propagate.");
    return params.launch(`apply_backward_strided_${this.#suffix}`, this.#grid, THREADS);
  }

  #shaped(struct: string): Params {
    const { kept, reduced } = this.#tensor;
    const params = this.#kernels.params(struct);
    setDims(params, "shape.kept", kept);
    setDims(params, "shape.reduced", reduced);
    return params.set({ reducedPerSplit: this.#perSplit, laneShift: this.#laneShift }, "shape.");
  }
}

function setDims(params: Params, at: string, dims: readonly Dim[]): void {
  params.set({ ".rank": dims.length, ".size": sizeOf(dims) }, at);
  for (const [axis, { size, stride }] of dims.entries()) {
    params.divisor(`${at}.dims[${axis}]`, size);
    params.set({ [`.strides[${axis}]`]: stride }, at);
  }
}

/** How many parameters a block takes side by side, as a power of 2. */
function laneShiftFor(kept: readonly Dim[], reduced: readonly Dim[]): number {
  const [parameters, values] = [sizeOf(kept), sizeOf(reduced)];
  const neighbours = kept.length > 0 && strideOf(kept) <= strideOf(reduced);
  const idle = shiftOf(THREADS / Math.max(1, values));
  const wanted = Math.max(neighbours ? WARP_SHIFT : 0, idle);
  return Math.min(wanted, shiftOf(parameters), shiftOf(THREADS));
}

/** Elements between neighbours. */
function strideOf(dims: readonly Dim[]): number {
  return dims.length === 0 ? Number.POSITIVE_INFINITY : dims[dims.length - 1].stride;
}

function tooLarge(received: string): BatchNormError {
  const expected = `at most 2^31 − 1 parameters and values of each, of at most ${MAX_RANK} dims each`;
  return new BatchNormError("UNSUPPORTED", `cudnn: x: expected ${expected}, received ${received}`, {
    details: { argument: "x", expected, received },
  });
}
