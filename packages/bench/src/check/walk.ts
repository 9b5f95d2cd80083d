import type { BenchCase } from "../cases/benchCase.ts";
import { elementsOf } from "../cases/shape.ts";

/** Calls `visit` for every element in storage order, with its place and channel. */
export function walk(
  { shape, format }: BenchCase,
  visit: (index: number, channel: number) => void,
): void {
  const channels = shape[1];
  const space = elementsOf(shape.slice(2));
  // Neighbours in memory share a channel in NCHW, and run through the channels in NHWC.
  const run = format === "NCHW" ? space : 1;
  const total = elementsOf(shape);
  for (let index = 0, channel = 0; index < total; channel = (channel + 1) % channels) {
    for (const end = index + run; index < end; index++) visit(index, channel);
  }
}
