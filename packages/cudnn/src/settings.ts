import { argumentError, checkOptions } from "@batchnorm/core";

/**
 * Who computes:
 * - `auto`: cuDNN, and kernels of our own for what it does not do.
 * - `cudnn`: cuDNN.
 * - `fused`: kernels of our own.
 */
export type Engine = "auto" | "cudnn" | "fused";

const ENGINES = Object.freeze(["auto", "cudnn", "fused"] as const);

/** Options of the backend. */
export interface CudnnOptions {
  /** Number of the card, from 0, as CUDA counts those it sees. Default 0. */
  readonly device?: number;
  /** CUDA's driver library: a file, or a name for the system's loader. Default `libcuda.so.1`. */
  readonly driver?: string;
  /** cuDNN: the file `libcudnn.so.9`, or the folder it is in. Default: looked for. */
  readonly cudnn?: string;
  /** Default `auto`. */
  readonly engine?: Engine;
}

/** Checked {@link CudnnOptions}; null where nothing was said. */
export interface CudnnSettings {
  readonly device: number;
  readonly driver: string | null;
  readonly cudnn: string | null;
  readonly engine: Engine;
}

/** @throws BatchNormError `INVALID_ARGUMENT` */
export function checkSettings(options: unknown): CudnnSettings {
  const {
    device = 0,
    driver,
    cudnn,
    engine = "auto",
  } = checkOptions("cudnn", options, ["device", "driver", "cudnn", "engine"]);
  if (!Number.isSafeInteger(device) || (device as number) < 0) {
    throw refusal("device", "an integer of at least 0", device);
  }
  if (!ENGINES.includes(engine as Engine)) {
    throw refusal("engine", "one of auto, cudnn, fused", engine);
  }
  return {
    engine: engine as Engine,
    device: device as number,
    driver: checkPath("driver", driver),
    cudnn: checkPath("cudnn", cudnn),
  };
}

function checkPath(argument: string, value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw refusal(argument, "a path that is not empty", value);
}

function refusal(argument: string, expected: string, received: unknown) {
  return argumentError("INVALID_ARGUMENT", { call: "cudnn", argument, expected, received });
}
