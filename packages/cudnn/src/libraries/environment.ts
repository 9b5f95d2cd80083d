import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";

/** What of the machine the search for cuDNN depends on, so that a test can say otherwise. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Names in a folder; none where there is no such folder. */
  list(folder: string): readonly string[];
  exists(file: string): boolean;
  /** The first line of a file, or null. */
  firstLine(file: string): string | null;
}

export function currentEnvironment(): Environment {
  return {
    variables: process.env,
    home: homedir(),
    list: (folder) => orElse([], () => readdirSync(folder)),
    exists: existsSync,
    firstLine: (file) => orElse(null, () => readFileSync(file, "utf8").split("\n", 1)[0]),
  };
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
