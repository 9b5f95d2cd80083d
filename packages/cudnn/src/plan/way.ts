import { bytesPerElement, dataTypeCode, type PlanSpec } from "@batchnorm/core";
import type { NativePlan, NativePlanSpec } from "../native/addon.js";
import { STEP } from "../native/callRecord.js";
import { Detour, type Mover } from "./detours/detour.js";
import { PieceByPiece } from "./detours/pieceByPiece.js";
import { INFERENCE_PARAMETERS, PARAMETERS, TENSORS } from "./detours/stop.js";
import { packedStrides } from "./layout.js";
import type { PlanHost } from "./planHost.js";
import { columnView, imageView, mergedDims, rowsView, type View } from "./view.js";

/** What cuDNN is asked to do in the same pass as the batch norm, by its own numbers. */
export type Fusion = 0 | 1 | 2;
export const NO_FUSION: Fusion = 0;
export const RELU: Fusion = 1;
export const ADD_RELU: Fusion = 2;

const MODE_CODES = { perActivation: 0, spatial: 1, persistent: 2 } as const;

/** What a way is made of. */
interface Making {
  readonly spec: PlanSpec;
  readonly host: PlanHost;
  readonly fusion: Fusion;
}

interface WayFacts {
  /** For people. */
  readonly words: string;
  /** Uses the calls with workspace, which can fuse. */
  readonly extended: boolean;
  readonly make: (making: Making) => NativePlan;
}

type Mode = keyof typeof MODE_CODES;

/** One call of cuDNN on the tensor seen in one way. */
function direct(
  words: string,
  mode: Mode,
  view: (spec: PlanSpec) => View,
  extended = false,
): WayFacts {
  const make = ({ spec, host, fusion }: Making) =>
    host.native.createPlan(nativeSpec(spec, { mode, extended, fusion }, view(spec)));
  return { words, extended, make };
}

/** Another way, on which some arguments are moved. */
function detoured(words: string, { extended, make }: WayFacts, wrap: Wrap): WayFacts {
  return {
    words,
    extended,
    make(making) {
      const inner = make(making);
      try {
        return wrap(inner, making);
      } catch (error) {
        inner.dispose();
        throw error;
      }
    },
  };
}

type Wrap = (inner: NativePlan, making: Making) => NativePlan;

const image = ({ mode, x }: PlanSpec) => imageView(mode, x);
const perActivationImage = ({ x }: PlanSpec) => imageView("perActivation", x);
const rowsIn = (order: "NCHW" | "NHWC") => (spec: PlanSpec) => rowsView(spec.x, order);

/** C-major parameters, put in the order of an NHWC tensor. */
const permuting: Wrap = (inner, { spec: { x, parameters }, host }) => {
  const dims = [1, ...mergedDims(x).slice(1)];
  const [scratch, given] = [packedStrides(dims, "NHWC"), packedStrides(dims, "NCHW")];
  const dataType = dataTypeCode(parameters.dataType);
  const mover = transformer(host, { dataType, dims, scratch, given }, parameters.byteLength);
  return new Detour(inner, mover, PARAMETERS, host);
};

/** An NHWC tensor, put in NCHW. */
const transposing: Wrap = (inner, { spec: { x }, host }) => {
  const dims = mergedDims(x);
  const [scratch, given] = [packedStrides(dims, "NCHW"), packedStrides(dims, "NHWC")];
  const dataType = dataTypeCode(x.dataType);
  const mover = transformer(host, { dataType, dims, scratch, given }, x.byteLength);
  return new Detour(inner, mover, TENSORS, host);
};

/** Parameters of each channel, repeated for each position. */
const spreading: Wrap = (inner, { spec, host }) => {
  const { x, parameters } = spec;
  const dataType = dataTypeCode(parameters.dataType);
  const [, channels, ...positions] = imageView("spatial", x).dims;
  const dims = [1, channels, ...positions];
  const plan = host.native.createPlan({
    ...{ dataType, mode: MODE_CODES.spatial, extended: false, fusion: NO_FUSION },
    ...{ dims, strides: packedStrides(dims, "NCHW"), parameterType: dataType },
    parameterDims: [1, channels, ...positions.map(() => 1)],
    parameterStrides: [channels, ...dims.slice(1).map(() => 1)],
  });
  const byteLength = (parameters.byteLength * dims.reduce((a, b) => a * b, 1)) / channels;
  const mover: Mover = { plan, enter: STEP.spread, leave: null, byteLength };
  return new Detour(inner, mover, INFERENCE_PARAMETERS, host);
};

/** Moves between two orders of the same dims. */
function transformer(
  host: PlanHost,
  order: {
    readonly dataType: number;
    readonly dims: readonly number[];
    readonly scratch: readonly number[];
    readonly given: readonly number[];
  },
  byteLength: number,
): Mover {
  const { dataType, dims, scratch: strides, given: parameterStrides } = order;
  const plan = host.native.createPlan({
    ...{ dataType, mode: MODE_CODES.spatial, extended: false, fusion: NO_FUSION },
    ...{ dims, strides, parameterType: dataType, parameterDims: dims, parameterStrides },
  });
  return { plan, enter: STEP.transformIn, leave: STEP.transformOut, byteLength };
}

/** A tensor of NHWC as it lies after `transposing`. */
function transposedView({ x }: PlanSpec): View {
  const dims = mergedDims(x);
  const parameterDims = [1, dims[1], 1, 1];
  const parameterStrides = packedStrides(parameterDims, "NCHW");
  return { dims, strides: packedStrides(dims, "NCHW"), parameterDims, parameterStrides };
}

const spatialPieces: WayFacts = {
  words: "spatial, in pieces of 65535 items",
  extended: false,
  make({ spec, host, fusion }) {
    const view = imageView("spatial", spec.x);
    const [items, ...others] = view.dims;
    const way = { mode: "spatial", extended: false, fusion } as const;
    const itemBytes = view.strides[0] * bytesPerElement(spec.x.dataType);
    return new PieceByPiece(host.native.call, items, itemBytes, (count) =>
      host.native.createPlan(nativeSpec(spec, way, { ...view, dims: [count, ...others] })),
    );
  },
};

const extendedRows = direct(
  "persistent, extended, on images of one pixel in NHWC",
  "persistent",
  rowsIn("NHWC"),
  true,
);
const perActivationRows = direct(
  "per activation, on images of one pixel",
  "perActivation",
  rowsIn("NCHW"),
);

const WAYS = {
  spatial: direct("spatial", "spatial", image),
  persistent: direct("persistent", "persistent", image),
  perActivation: direct("per activation", "perActivation", image),
  extended: direct("persistent, extended", "persistent", image, true),
  extendedRows,
  perActivationRows,
  spatialRows: direct("spatial, on images of one pixel", "spatial", rowsIn("NCHW")),
  spatialColumn: direct("spatial, on one image of a single column in NHWC", "spatial", (spec) =>
    columnView(spec.x),
  ),
  spatialPieces,
  permutedExtended: detoured(
    `${extendedRows.words}, with the parameters in NHWC order`,
    extendedRows,
    permuting,
  ),
  permutedPerActivation: detoured(
    `${perActivationRows.words}, with the parameters in NHWC order`,
    perActivationRows,
    permuting,
  ),
  transposed: detoured(
    "spatial, in NCHW and back",
    direct("spatial", "spatial", transposedView),
    transposing,
  ),
  spread: detoured(
    "per activation, with the parameters spread over the positions",
    direct("per activation", "perActivation", perActivationImage),
    spreading,
  ),
} as const satisfies Record<string, WayFacts>;

/**
 * Ways to have cuDNN compute one thing:
 * - `spatial`, `persistent`, `perActivation`: the plain call of that mode.
 * - `extended…`: the call with workspace and reserve space (`…Ex`) in the persistent mode, NHWC.
 * - `…Rows`: with one value for each item and column. Per activation the columns are all of an item.
 * - `…Column`: all items and positions of an NHWC tensor as one image, one pixel wide.
 * - the others move arguments to scratch memory and back.
 */
export type Way = keyof typeof WAYS;

export function wordsFor(way: Way): string {
  return WAYS[way].words;
}

export function isExtended(way: Way): boolean {
  return WAYS[way].extended;
}

/** Everything cuDNN needs to go this way. @throws NativeError, BatchNormError `UNSUPPORTED` */
export function makePlan(way: Way, making: Making): NativePlan {
  return WAYS[way].make(making);
}

function nativeSpec(
  { x, parameters }: PlanSpec,
  way: { readonly mode: Mode; readonly extended: boolean; readonly fusion: Fusion },
  view: View,
): NativePlanSpec {
  return {
    dataType: dataTypeCode(x.dataType),
    mode: MODE_CODES[way.mode],
    ...view,
    parameterType: dataTypeCode(parameters.dataType),
    extended: way.extended,
    fusion: way.fusion,
  };
}
