import type { DataType, TensorFormat } from "batchnorm";
import type { Operation } from "../operations.ts";

/**
 * What the harness says to a participant, one flat JSON object a line on its standard input; each is
 * answered by one line, `{"id":…,"value":…}` or `{"id":…,"error":"…"}`. Tensors travel as files.
 */
export type Message =
  | { readonly do: "describe" }
  | ({ readonly do: "load" } & LoadedCase)
  /**
   * Runs once and writes `<name>.bin` into `folder`: y, savedMean and savedInvStd for training; dx,
   * dScale and dBias for backward; y for inference. Tensors in storage order, else one value a channel.
   */
  | { readonly do: "check"; readonly op: Operation; readonly folder: string }
  /** Nanoseconds of `iterations` calls, after `warm` untimed ones. */
  | {
      readonly do: "time";
      readonly op: Operation | "copy";
      readonly iterations: number;
      readonly warm: number;
    }
  /** Bytes of JavaScript heap for each of `iterations` training calls. */
  | { readonly do: "heap"; readonly iterations: number }
  | { readonly do: "unload" };

/** Of tensors x and dy, and of parameters scale, bias, mean, variance (each `<name>.bin`). */
export interface LoadedCase {
  readonly folder: string;
  readonly dims: readonly number[];
  readonly format: TensorFormat;
  readonly dataType: DataType;
  readonly epsilon: number;
}

/** What a participant says of itself. */
export interface Description {
  readonly version: string;
  readonly threads: number | null;
  /** Path used, and what a reader must know to compare. */
  readonly note: string;
}

/** The operations a participant can do on a case; what is missing, and why, in words. */
export interface LoadAnswer {
  readonly operations: readonly (Operation | "copy")[];
  readonly missing: string;
}
