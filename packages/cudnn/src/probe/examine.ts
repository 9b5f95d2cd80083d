import type { LibraryFailure, openFirst } from "../libraries/openFirst.js";
import type { Addon, DeviceFacts } from "../native/addon.js";

/** What the child process is given. */
export interface Question {
  readonly addon: string;
  readonly driver: string;
  /** Files or names of cuDNN, in order. */
  readonly cudnn: readonly string[];
  readonly device: number;
}

/** What it answers. */
export interface Answer {
  readonly failures: readonly LibraryFailure[];
  /** The cuDNN that opened. */
  readonly path?: string;
  readonly deviceCount?: number;
  readonly facts?: DeviceFacts;
  readonly driverVersion?: number;
  readonly cudnnVersion?: number;
  readonly cudnnCudaVersion?: number;
  /** What failed after the libraries were open, or before. */
  readonly error?: string;
}

/**
 * Loads the addon, opens the libraries and the device, as a handler would. Runs in the child process, as
 * text: it may refer to nothing outside itself.
 */
export function examine(
  { addon, driver, cudnn, device }: Question,
  load: (path: string) => Addon,
  open: typeof openFirst,
): Answer {
  let answer: Answer = { failures: [] };
  try {
    const { opened, failures } = open(load(addon), driver, cudnn);
    answer = { failures };
    if (opened === null) return answer;
    const { libraries, path } = opened;
    const { driverVersion, cudnnVersion, cudnnCudaVersion, deviceCount } = libraries;
    answer = { failures, path, driverVersion, cudnnVersion, cudnnCudaVersion, deviceCount };
    if (device >= deviceCount) return answer;
    answer = { ...answer, facts: libraries.deviceFacts(device) };
    libraries.open(device).dispose();
    return answer;
  } catch (error) {
    return { ...answer, error: error instanceof Error ? error.message : String(error) };
  }
}
