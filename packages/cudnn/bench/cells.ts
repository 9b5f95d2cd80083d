import type { BatchNormMode, DataType, TensorFormat, TensorSpec } from "@batchnorm/core";

/** One row of the report: a tensor in one format and mode. */
export interface Cell {
  readonly dataType: DataType;
  readonly format: TensorFormat;
  readonly dims: readonly [number, number, number, number];
  readonly mode: BatchNormMode;
}

export const OPERATIONS = ["training", "backward", "inference"] as const;
export type Operation = (typeof OPERATIONS)[number];

const SHAPES = {
  float32: [
    [128, 64, 112, 112],
    [128, 256, 56, 56],
    [128, 512, 28, 28],
    [128, 1024, 14, 14],
    [128, 2048, 7, 7],
    [4096, 1024, 1, 1],
  ],
  float16: [
    [128, 64, 112, 112],
    [128, 256, 56, 56],
    [128, 2048, 7, 7],
  ],
} as const;

const FORMATS: readonly TensorFormat[] = ["NCHW", "NHWC"];

/** Every cell of the table: the shapes of ResNet-50 and one 2-D tensor, and per activation one shape. */
export const CELLS: readonly Cell[] = [
  ...Object.entries(SHAPES).flatMap(([dataType, shapes]) =>
    shapes.flatMap((dims) =>
      FORMATS.flatMap((format) =>
        (["spatial", "spatialPersistent"] as const).map(
          (mode): Cell => ({ dataType: dataType as DataType, format, dims, mode }),
        ),
      ),
    ),
  ),
  ...FORMATS.map(
    (format): Cell => ({
      dataType: "float32",
      format,
      dims: [128, 256, 56, 56],
      mode: "perActivation",
    }),
  ),
];

export function specOf({ dataType, format, dims }: Cell): TensorSpec {
  return { dataType, format, dims };
}

/** The words that the programs beside this one know a cell by; they have no mode. */
export function keyOf({ dataType, format, dims }: Cell): string {
  return `${dataType} ${format} ${dims.join("x")}`;
}

/** A line of input for them. */
export function lineOf({ dataType, format, dims }: Cell): string {
  return [dataType, format, ...dims].join(" ");
}

/**
 * Calls of cuDNN that keep what the mode promises: in NCHW spatial is never persistent; where there is one
 * position, per activation is spatial, and NCHW is NHWC.
 */
export function honestWays({ mode, format, dims }: Cell): readonly string[] {
  const rows = dims[2] * dims[3] === 1;
  if (rows) return ["spatial", "persistent", "perActivation", "extended"];
  if (mode === "perActivation") return ["perActivation"];
  if (format === "NHWC") return ["spatial", "persistent", "extended"];
  return mode === "spatial" ? ["spatial"] : ["spatial", "persistent"];
}
