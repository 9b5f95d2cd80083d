import type { BatchNormMode, DataType, TensorDescriptor } from "@batchnorm/core";
import { type Layout, layoutOf } from "./layout.js";
import { mergedDims } from "./view.js";
import type { Way } from "./way.js";

/** What a rule looks at. */
export interface Tensor {
  readonly mode: BatchNormMode;
  readonly layout: Layout;
  readonly dataType: DataType;
  /** N, C, and the number of positions. */
  readonly items: number;
  readonly channels: number;
  readonly positions: number;
}

/** Which ways to go for a kind of tensor: the first that cuDNN takes. All compute the same. */
export interface Rule {
  readonly fits: (tensor: Tensor) => boolean;
  readonly ways: readonly Way[];
  /** For people. */
  readonly why: string;
  /** What it costs, where cuDNN has no good path. */
  readonly cost?: string;
}

export type Operation = "training" | "backward" | "inference";

export function ruleFor(operation: Operation, tensor: Tensor): Rule {
  // The last rule of each table fits everything.
  return RULES[operation].find(({ fits }) => fits(tensor)) as Rule;
}

export function tensorOf(mode: BatchNormMode, x: TensorDescriptor): Tensor {
  const [items, channels, positions] = mergedDims(x);
  return { mode, layout: layoutOf(x), dataType: x.dataType, items, channels, positions };
}

// Times are microseconds of cuDNN 9.19 on an H200, cache flushed between runs.

const isWide = ({ dataType }: Tensor) => dataType === "float64";
const isNarrow = ({ dataType }: Tensor) => dataType === "float16" || dataType === "bfloat16";
const isRows = ({ layout }: Tensor) => layout === "rows";
const isNhwc = ({ layout }: Tensor) => layout === "channelsLast";
const isPacked = ({ layout }: Tensor) => layout !== "strided";
const isPerActivation = ({ mode }: Tensor) => mode === "perActivation";
const sizeOf = ({ items, channels, positions }: Tensor) => items * channels * positions;

/** Calls beside the batch norm itself cost some 5 each: from here on they are worth it. */
const LARGE = 2 ** 21;

const NO_WIDE_KERNELS = "the extended calls have no fast kernels for float64";
const NHWC_RANGE =
  "values whose squares leave float32 (from about 1e18) may become NaN, where the plain call gives bias";
const KEEPS_MODE = "the mode is kept";

const WIDE_ROWS: Rule = {
  // float64 4096×1024: one column 393, spatial 1429, per activation 468.
  fits: isRows,
  ways: ["spatialColumn", "spatialRows"],
  why: `one value for each item and channel; ${NO_WIDE_KERNELS}`,
};

/** The forward with the statistics of the batch. */
const TRAINING: readonly Rule[] = [
  {
    // float32 4096×1024: extended 20 / 32, spatial 98 / 123, per activation 329 / 795.
    fits: (tensor) => isRows(tensor) && !isWide(tensor),
    ways: ["extendedRows", "spatialRows"],
    why: "one value for each item and channel: images of one pixel in NHWC take a fifth of the time",
    cost: NHWC_RANGE,
  },
  WIDE_ROWS,
  {
    // float32 128×256×56×56: 6836 / 18301 direct, 453 / 451 as rows and 8 moves of parameters.
    fits: (tensor) => isPerActivation(tensor) && isNhwc(tensor) && sizeOf(tensor) >= LARGE,
    ways: ["permutedExtended", "permutedPerActivation", "perActivation"],
    why: "perActivation in NHWC takes 12 to 35 times as long as with its parameters in NHWC order",
    cost: "the parameters are put in that order and back",
  },
  {
    // float32 128×256×56×56: rows 453 / 451, direct 543 / 517; 32×64×28×28: 22 / 23 and 16 / 12. Beyond
    // 65536 items the direct call is refused, and its sums lose digits before that.
    fits: (tensor) =>
      isPerActivation(tensor) && isPacked(tensor) && !isNhwc(tensor) && tensor.items >= 128,
    ways: ["extendedRows", "perActivation", "spatialRows"],
    why: "many items: their positions are channels of images of one pixel",
    cost: NHWC_RANGE,
  },
  { fits: isPerActivation, ways: ["perActivation"], why: KEEPS_MODE },
  {
    // float32 128×64×112×112: extended 310 / 484, plain 12212 / 19860; float16 186 / 256, 12008 / 18198.
    // Up to 1e15 all is right, at 1e25 some shapes give NaN, and no runtime error tells.
    fits: (tensor) => isNhwc(tensor) && !isWide(tensor),
    ways: ["extended", "spatial"],
    why: "in NHWC the calls without workspace take up to 70 times as long",
    cost: NHWC_RANGE,
  },
  {
    // 128×512×28×28: 6689 / 10401 direct, 858 / 1176 through NCHW; 8×64×28×28: 72 / 87 and 21 / 25.
    fits: (tensor) => isNhwc(tensor) && sizeOf(tensor) >= 2 ** 17,
    ways: ["transposed", "spatial"],
    why: `${NO_WIDE_KERNELS}, and the plain call takes 4 to 8 times as long in NHWC as in NCHW and the way there`,
    cost: "memory for up to three more tensors",
  },
  {
    // float32 128×64×112×112: persistent 402 / 718, spatial 932 / 2406. At 1e15 some shapes are wrong
    // there, and the runtime error 1007 says so.
    fits: ({ mode }) => mode === "spatialPersistent",
    ways: ["persistent", "spatial"],
    why: "persistent, as the mode allows: it may overflow on large finite input",
  },
  {
    fits: () => true,
    ways: ["spatial"],
    why: "never persistent in NCHW, where large finite input overflows",
  },
];

/** As the forward, but for three kinds of tensors. */
const BACKWARD: readonly Rule[] = [
  {
    // float32 NCHW, persistent and spatial: 112×112 703 and 2315, 56×56 631 and 742, 28×28 322 and 293,
    // 14×14 171 and 155, 7×7 97 and 97; float16 is level. (On an H100 28×28 was 368 and 387.)
    fits: ({ mode, layout, dataType, positions }) =>
      mode === "spatialPersistent" &&
      layout === "channelsFirst" &&
      dataType === "float32" &&
      positions <= 784,
    ways: ["spatial"],
    why: "planes of up to 28×28: spatial takes a tenth less than persistent",
  },
  {
    // float64 4096×1024: spatial 479, one column 596, per activation 937.
    fits: (tensor) => isRows(tensor) && isWide(tensor),
    ways: ["spatialRows"],
    why: `one value for each item and channel; ${NO_WIDE_KERNELS}`,
  },
  {
    // float16 128×256×56×56: rows 376, direct 343.
    fits: (tensor) =>
      isPerActivation(tensor) &&
      isPacked(tensor) &&
      !isRows(tensor) &&
      !isNhwc(tensor) &&
      isNarrow(tensor) &&
      tensor.items < 1024,
    ways: ["perActivation", "extendedRows"],
    why: KEEPS_MODE,
  },
  ...TRAINING.filter((rule) => rule !== WIDE_ROWS),
];

const INFERENCE: readonly Rule[] = [
  {
    // 4096×1024: per activation 17, one column 115, spatial 2526. Per activation is refused from
    // somewhere above 200000 items.
    fits: isRows,
    ways: ["perActivationRows", "spatialColumn"],
    why: "one value for each item and channel, where the spatial call takes 150 times as long",
  },
  {
    // float32 128×256×56×56: 2408 direct, 348 as rows and 4 moves of parameters.
    fits: (tensor) => isPerActivation(tensor) && isNhwc(tensor) && sizeOf(tensor) >= LARGE,
    ways: ["permutedPerActivation", "perActivation"],
    why: "perActivation in NHWC takes 7 times as long as with its parameters in NHWC order",
    cost: "the parameters are put in that order",
  },
  { fits: isPerActivation, ways: ["perActivation"], why: KEEPS_MODE },
  {
    // Spatial takes 0.62 ns a plane, whatever its size: 128×2048×7×7 83 to 162, spread 34 to 64; 10×10
    // 44 and 34; 14×14 46 and 54.
    fits: ({ layout, items, channels, positions }) =>
      layout === "channelsFirst" && positions <= 100 && items * channels >= 40_000,
    ways: ["spread", "spatial", "spatialPieces"],
    why: "many small planes: with the parameters spread over them, per activation takes half the time",
  },
  {
    // Spatial is refused from 65536 items on.
    fits: isNhwc,
    ways: ["spatial", "spatialColumn"],
    why: "all modes run alike",
  },
  { fits: () => true, ways: ["spatial", "spatialPieces"], why: "all modes run alike" },
];

export const RULES: Readonly<Record<Operation, readonly Rule[]>> = {
  training: TRAINING,
  backward: BACKWARD,
  inference: INFERENCE,
};
