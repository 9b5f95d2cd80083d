import type { BatchNormMode, TensorDescriptor } from "@batchnorm/core";
import { layoutOf } from "../plan/layout.js";
import type { Params } from "./params.js";

/**
 * A tensor without gaps as rows: which parameter belongs to a column, (column / group) · quotientStep +
 * (column % group) · remainderStep.
 */
export interface ColumnMap {
  readonly rows: number;
  readonly columns: number;
  readonly group: number;
  readonly quotientStep: number;
  readonly remainderStep: number;
}

/** Null for tensors with gaps. */
export function columnMapOf(mode: BatchNormMode, x: TensorDescriptor): ColumnMap | null {
  const [items, channels, ...space] = x.dims;
  const positions = space.reduce((product, dim) => product * dim, 1);
  const layout = layoutOf(x);
  const steps = { quotientStep: 1, remainderStep: 0 };
  if (layout === "strided" || x.elementCount === 0) return null;
  const item = { rows: items, columns: channels * positions };
  if (mode === "perActivation") {
    if (layout !== "channelsLast") return { ...item, group: 1, ...steps };
    // Parameters are C-major: the column of a position and a channel belongs to channel, position.
    return { ...item, group: channels, quotientStep: 1, remainderStep: positions };
  }
  if (layout === "channelsFirst") return { ...item, group: positions, ...steps };
  return { rows: items * positions, columns: channels, group: 1, ...steps };
}

export function setColumnMap(params: Params, at: string, map: ColumnMap): Params {
  const { group, quotientStep, remainderStep } = map;
  return params.divisor(`${at}.group`, group).set({ quotientStep, remainderStep }, `${at}.`);
}
