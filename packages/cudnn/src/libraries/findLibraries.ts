import { join } from "node:path";
import type { Environment } from "./environment.js";
import { namedPlaces, otherPlaces, type Place } from "./places.js";

/** The names the libraries are published under: major versions whose functions stay as they are. */
const DRIVER_LIBRARY = "libcuda.so.1";
const CUDNN_LIBRARY = "libcudnn.so.9";

/** Libraries to try. */
export interface LibrarySearch {
  readonly driver: string;
  /** Files, or names for the system's loader; the first that opens is taken. */
  readonly cudnn: readonly LibraryCandidate[];
  /** Places without it, each in words: what was tried, why there, and that it is not there. */
  readonly without: readonly string[];
  /** Files of an older cuDNN that were seen on the way. */
  readonly older: readonly string[];
}

export interface LibraryCandidate {
  readonly reason: string;
  readonly path: string;
}

/** What a caller may say about the libraries. */
export interface LibraryOptions {
  readonly driver: string | null;
  /** A file, or the folder it is in. */
  readonly cudnn: string | null;
}

/** Where cuDNN may be, in the order in which a user would expect it to be found. */
export function findLibraries(options: LibraryOptions, environment: Environment): LibrarySearch {
  const driver = options.driver ?? DRIVER_LIBRARY;
  if (options.cudnn !== null) {
    // Who names a library wants that one, and hears if it cannot be had.
    const path = asFile(options.cudnn, environment);
    return { driver, cudnn: [{ reason: "the option cudnn", path }], without: [], older: [] };
  }
  const search = {
    cudnn: [] as LibraryCandidate[],
    without: [] as string[],
    older: [] as string[],
  };
  for (const place of namedPlaces(environment)) look(place, environment, search);
  search.cudnn.push({ reason: "the system's library path", path: CUDNN_LIBRARY });
  for (const place of otherPlaces(environment)) look(place, environment, search);
  return { driver, ...search };
}

function asFile(given: string, { exists, list }: Environment): string {
  const inFolder = join(given, CUDNN_LIBRARY);
  return exists(inFolder) || list(given).length > 0 ? inFolder : given;
}

function look(
  { reason, folder }: Place,
  { exists, list }: Environment,
  search: { cudnn: LibraryCandidate[]; without: string[]; older: string[] },
): void {
  const path = join(folder, CUDNN_LIBRARY);
  if (exists(path)) {
    search.cudnn.push({ reason, path });
    return;
  }
  search.without.push(`open ${path} (${reason}; no such file)`);
  const older = list(folder).find((name) => /^libcudnn\.so\.[1-8]$/.test(name));
  if (older !== undefined) search.older.push(join(folder, older));
}
