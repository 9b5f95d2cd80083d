import { buildStandIn, paths, StandIn } from "../../../../native/test/standin/index.mjs";
import { cudnn } from "../../src/index.ts";
import { findAddon } from "../../src/native/findAddon.ts";
import { loadAddon } from "../../src/native/loadAddon.ts";

/**
 * The stand-in libraries of native/test: they show that the parts are put together right, and say nothing
 * about cuDNN. The page must be there before the first of them is loaded.
 */
const page = new StandIn();
Object.assign(process.env, page.environment);

/** Orders to the stand-in, and its counts. */
export const standIn = page;

/** Why the stand-in cannot be used here, or null. */
export const standInMissing: string | null =
  findAddon().path === null ? "the addon is not built" : buildStandIn();

/** The kernels in the addon; only where nothing is missing. */
export const builtKernels = () => loadAddon(findAddon().path as string).kernels;

export const standInBackend = () => cudnn({ driver: paths.driver, cudnn: paths.cudnn });
