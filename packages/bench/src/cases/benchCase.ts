import type { DataType, TensorFormat } from "batchnorm";
import { formatShape, type Shape } from "./shape.ts";

/** One tensor that all participants work on. */
export interface BenchCase {
  readonly shape: Shape;
  readonly format: TensorFormat;
  readonly dataType: DataType;
}

export function caseName({ shape, format, dataType }: BenchCase): string {
  return `${formatShape(shape)} ${format} ${dataType}`;
}

interface Choice {
  readonly shapes: readonly Shape[] | null;
  readonly layouts: readonly TensorFormat[];
  readonly dataTypes: readonly DataType[];
  readonly quick: boolean;
}

const STANDARD: readonly Shape[] = [
  [32, 64, 56, 56],
  [16, 256, 56, 56],
  [32, 512, 28, 28],
  [32, 1024, 14, 14],
  [32, 2048, 7, 7],
  [8, 64, 32, 32],
  [256, 1024],
  [4, 32, 16, 32, 32],
];

/** For the data types that no peer has: one shape beyond the caches, two inside. */
const OTHER_TYPES: readonly Shape[] = [
  [32, 64, 56, 56],
  [32, 1024, 14, 14],
  [8, 64, 32, 32],
];

const QUICK: readonly Shape[] = [
  [8, 64, 32, 32],
  [256, 1024],
];

/** What to measure: float32 first, where the peers are. */
export function casesOf({ shapes, layouts, dataTypes, quick }: Choice): BenchCase[] {
  return dataTypes.flatMap((dataType) => {
    const standard = dataType === "float32" ? STANDARD : OTHER_TYPES;
    return (shapes ?? (quick ? QUICK : standard)).flatMap((shape) =>
      layoutsOf(shape, layouts).map((format) => ({ shape, format, dataType })),
    );
  });
}

/** Without spatial dims both layouts are the same bytes: one is enough. */
function layoutsOf(shape: Shape, layouts: readonly TensorFormat[]): readonly TensorFormat[] {
  return shape.length === 2 ? layouts.slice(0, 1) : layouts;
}
