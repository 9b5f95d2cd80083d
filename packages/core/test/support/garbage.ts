import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** A full collection, now. The flag only reaches contexts made after it was set. */
export const collectGarbage: () => void = runInNewContext("gc");
