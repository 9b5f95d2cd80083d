import type { PlanSpec } from "@batchnorm/core";
import { type Kernels, SUFFIX } from "../fused/kernels.js";
import { elementDims, sizeOf } from "../fused/stridedDims.js";
import type { LaunchSpec, NativeSequence } from "../native/addon.js";
import { SLOT } from "../native/callRecord.js";
import { layoutOf } from "./layout.js";
import type { PlanHost } from "./planHost.js";

const THREADS = 256;
const MAX_RANK = 8;
const BLOCKS_PER_MULTIPROCESSOR = 8;
const TENSORS = { y: SLOT.y, dy: SLOT.dy, dx: SLOT.dx };

/**
 * The step dx = dy where y is not ≤ 0, by a kernel of our own: cuDNN's own step gives 0 where y is NaN.
 */
export class ReluMask {
  readonly #host: PlanHost;
  readonly #spec: PlanSpec;
  #sequence: NativeSequence | null = null;

  constructor(host: PlanHost, spec: PlanSpec) {
    this.#host = host;
    this.#spec = spec;
  }

  /** The launch for these tensors; null where there are no kernels of our own for them. */
  get sequence(): NativeSequence | null {
    if (this.#sequence !== null) return this.#sequence;
    const launch = maskLaunch(this.#host.kernels, this.#spec);
    if (launch !== null) this.#sequence = this.#host.native.createSequence([launch]);
    return this.#sequence;
  }

  dispose(): void {
    this.#sequence?.dispose();
    this.#sequence = null;
  }
}

function maskLaunch(kernels: Kernels, { x }: PlanSpec): LaunchSpec | null {
  if (kernels.reason !== null || x.elementCount === 0) return null;
  const most = kernels.multiprocessors * BLOCKS_PER_MULTIPROCESSOR;
  const blocks = Math.min(most, Math.ceil(x.elementCount / THREADS));
  const suffix = SUFFIX[x.dataType];
  if (layoutOf(x) !== "strided") {
    const params = kernels.params("MaskPackedParams");
    params.set({ elements: x.elementCount }).take(TENSORS);
    return params.launch(`mask_packed_${suffix}`, [blocks, 1, 1], THREADS);
  }
  const dims = elementDims(x);
  if (dims.length > MAX_RANK || sizeOf(dims) >= 2 ** 31) return null;
  const params = kernels.params("MaskStridedParams");
  params.set({ elements: x.elementCount }).take(TENSORS);
  const absent = MAX_RANK - dims.length;
  for (let axis = 0; axis < MAX_RANK; axis++) {
    const { size, stride } = dims[axis - absent] ?? { size: 1, stride: 0 };
    params.divisor(`dims[${axis}]`, size).set({ [`strides[${axis}]`]: stride });
  }
  return params.launch(`mask_strided_${suffix}`, [blocks, 1, 1], THREADS);
}
