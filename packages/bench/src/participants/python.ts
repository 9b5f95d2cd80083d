import { spawnSync } from "node:child_process";

const FIND_TORCH = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)";

/** A Python that has PyTorch: the one named in BATCHNORM_PYTHON, the first on the path, the system's. */
export function pythonWithTorch(): string | null {
  const candidates = [process.env.BATCHNORM_PYTHON, "python3", "/usr/bin/python3"];
  const usable = (python: string) => spawnSync(python, ["-c", FIND_TORCH]).status === 0;
  return candidates.find((python) => python !== undefined && usable(python)) ?? null;
}
