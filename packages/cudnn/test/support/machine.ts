import type { Environment } from "../../src/libraries/environment.ts";

interface Given {
  readonly files?: readonly string[];
  readonly variables?: Record<string, string>;
  readonly home?: string;
  readonly kernelModule?: string;
}

/** A machine with these files and variables and nothing else. */
export function machine({
  files = [],
  variables = {},
  home = "/home/x",
  kernelModule,
}: Given): Environment {
  return {
    variables,
    home,
    list: (folder) => [
      ...new Set(
        files
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1).split("/")[0]),
      ),
    ],
    exists: (file) => files.includes(file),
    firstLine: () =>
      kernelModule === undefined
        ? null
        : `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${kernelModule}  Tue Sep  9`,
  };
}
