/** Makes the libraries where they are missing or old. Returns why it could not, or null. */
export function buildStandIn(): string | null;

/** Compiles and links sources with the options of the libraries. Throws what the compiler says. */
export function compileStandIn(parts: readonly string[], file: string): void;

/** Paths of the libraries, to load them by. */
export const paths: { readonly driver: string; readonly cudnn: string };

/** The control page of one process. */
export class StandIn {
  /** Makes a page, or opens the one at a path. */
  constructor(path?: string);
  readonly path: string;
  /** For the environment of the process that loads the stand-in. */
  readonly environment: { readonly BATCHNORM_STANDIN_PAGE: string };
  /** Gives orders (control/orders.h lists the words) in place of those before; counts of calls begin anew. */
  order(words?: string): void;
  /** Every counter by name; functions by their names. */
  counts(): Record<string, number>;
  /** Calls of each function since the last orders. */
  calls(): Record<string, number>;
  /** What has been made and not destroyed: no entry is zero. */
  alive(): Record<string, number>;
  /** The last use that the real libraries would answer with undefined behaviour, or "". */
  lastMisuse(): string;
  dispose(): void;
}
