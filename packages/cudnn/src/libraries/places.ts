import { dirname, join } from "node:path";
import type { Environment } from "./environment.js";

/** A folder where cuDNN may lie, and why it is looked into. */
export interface Place {
  readonly reason: string;
  readonly folder: string;
}

/** Folders to look into before the system's loader is asked: what the user's environment names. */
export function namedPlaces({ variables }: Environment): Place[] {
  const { CUDNN_PATH, CUDA_PATH, LD_LIBRARY_PATH } = variables;
  return [
    ...inside("CUDNN_PATH", CUDNN_PATH, ["lib", "lib64"]),
    ...inside("CUDA_PATH", CUDA_PATH, ["lib64", "lib"]),
    // Read again, since the loader only knows what it was when the process started.
    ...(LD_LIBRARY_PATH ?? "")
      .split(":")
      .filter((folder) => folder !== "")
      .map((folder) => ({ reason: "LD_LIBRARY_PATH", folder })),
  ];
}

/** Folders to look into after the system's loader found none: CUDA's, and those of Python's wheels. */
export function otherPlaces(environment: Environment): Place[] {
  const { VIRTUAL_ENV, CONDA_PREFIX } = environment.variables;
  const wheels = (reason: string, prefix: string, packages: string) =>
    pythonFolders(environment, prefix).map((python) => ({
      reason,
      folder: join(python, packages, "nvidia/cudnn/lib"),
    }));
  return [
    // Where NVIDIA's archive is unpacked by its own instructions, whether the loader knows it or not.
    { reason: "the usual folder of CUDA", folder: "/usr/local/cuda/lib64" },
    ...wheelsOf("VIRTUAL_ENV", VIRTUAL_ENV),
    ...inside("CONDA_PREFIX", CONDA_PREFIX, ["lib"]),
    ...wheelsOf("CONDA_PREFIX", CONDA_PREFIX),
    ...wheelsOf("the python3 on the PATH", pythonPrefix(environment)),
    ...wheels("the user's Python packages", join(environment.home, ".local/lib"), "site-packages"),
    ...wheels("the system's Python packages", "/usr/local/lib", "dist-packages"),
    ...wheels("the system's Python packages", "/usr/local/lib", "site-packages"),
    ...wheels("the system's Python packages", "/usr/lib", "dist-packages"),
    ...wheels("the system's Python packages", "/usr/lib", "site-packages"),
  ];

  function wheelsOf(reason: string, prefix: string | undefined): Place[] {
    return prefix ? wheels(reason, join(prefix, "lib"), "site-packages") : [];
  }
}

function inside(reason: string, prefix: string | undefined, folders: readonly string[]): Place[] {
  return prefix ? folders.map((folder) => ({ reason, folder: join(prefix, folder) })) : [];
}

/** What the python3 that a shell would run is installed under: often an environment nobody activated. */
function pythonPrefix({ variables, exists }: Environment): string | undefined {
  const folders = (variables.PATH ?? "").split(":").filter((folder) => folder !== "");
  const bin = folders.find((folder) => exists(join(folder, "python3")));
  return bin === undefined ? undefined : dirname(bin);
}

/** python3, python3.12… below a prefix. */
function pythonFolders({ list }: Environment, prefix: string): string[] {
  return list(prefix)
    .filter((name) => /^python3(\.\d+)?$/.test(name))
    .sort()
    .map((name) => join(prefix, name));
}
