import type { Device } from "./device.js";

/** The version of this contract. A handler refuses a backend of another one. */
export const SPECIFICATION_VERSION = 1;

/** What can open devices. Plain data and two functions; a backend's options are bound inside. */
export interface Backend {
  readonly specificationVersion: typeof SPECIFICATION_VERSION;
  /** For people; code never branches on it. */
  readonly name: string;
  /** Says whether `openDevice` can work here. Never throws, and leaves nothing open. */
  probe(): Promise<Probe>;
  /** @throws BatchNormError `BACKEND_UNAVAILABLE`, `OUT_OF_MEMORY` */
  openDevice(): Promise<Device>;
}

/** Whether a backend can be used here, or exactly why not. */
export type Probe =
  | { readonly available: true; readonly found: string }
  | {
      readonly available: false;
      /** What was tried, in order. */
      readonly tried: readonly string[];
      readonly found: string;
      /** The next command to type, or step to take. */
      readonly next: string;
    };
