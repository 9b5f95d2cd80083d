import type { LaunchSpec } from "../native/addon.js";
import type { Params } from "./params.js";

/** Where a plan keeps what one launch leaves for the next: addresses on the device. */
export interface Workspace {
  /** Partial results: of moments 24 bytes, of gradients 16, for each split and parameter. */
  readonly parts: number;
  readonly mean: number;
  readonly meanLow: number;
  readonly invDeviation: number;
  readonly meanGradient: number;
  readonly meanProjection: number;
}

/** Fills the fields of a struct inside a kernel's parameter, whose paths begin with `at`. */
export type Fill = (params: Params, at: string) => Params;

/** Kernels that reduce a tensor to parts for each parameter. */
export interface Reduction {
  /** For people: how the tensor is walked. */
  readonly words: string;
  /** Parts of each parameter. */
  readonly splits: number;
  moments(work: Workspace, parameters: number): LaunchSpec;
  gradients(fill: Fill): LaunchSpec;
}

/** With the running statistics, or with those of the batch. */
export type Normalization = "inference" | "apply_forward";

/** Kernels that write a tensor. */
export interface Pass {
  readonly words: string;
  /** @param blends There may be a residual, or beta ≠ 0. */
  normalize(kind: Normalization, blends: boolean, fill: Fill): LaunchSpec;
  propagate(fill: Fill): LaunchSpec;
}

/** The kernels of one plan. */
export interface Family {
  readonly parameters: number;
  readonly reduction: Reduction;
  readonly pass: Pass;
}
