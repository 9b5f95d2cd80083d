import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CELLS, lineOf } from "./cells.ts";

/** A line of JSON of a program beside this one. */
export type PeerLine = Readonly<Record<string, unknown>> & { readonly kind: string };

/** What a program said, or why it could not run. */
export type PeerRun = { readonly lines: readonly PeerLine[] } | { readonly missing: string };

const input = `${[...new Set(CELLS.map(lineOf))].join("\n")}\n`;

/** The calls of cuDNN without this project: compiled here, against the headers beside the loaded cuDNN. */
export async function runRaw(folder: string): Promise<PeerRun> {
  const [cudnn, driver] = [loadedLibrary("libcudnn.so"), loadedLibrary("libcuda.so")];
  if (cudnn === null || driver === null) return { missing: "the libraries in use were not found" };
  const includes = [includeWith("cudnn.h", cudnnIncludes(cudnn)), cudaInclude(cudnn)];
  if (includes.includes(null)) return { missing: "no headers of cuDNN or CUDA" };
  const program = join(folder, "raw");
  const flags = ["-O2", "-std=c++17", "-w", ...includes.map((path) => `-I${path}`)];
  const source = join(folder, "raw.cpp");
  const linked = [cudnn, driver, "-Wl,--allow-shlib-undefined"];
  const compiled = spawnSync("g++", [...flags, source, "-o", program, ...linked], {
    encoding: "utf8",
  });
  if (compiled.error || compiled.status !== 0) {
    return { missing: `g++ failed: ${compiled.error?.message ?? compiled.stderr.slice(0, 2000)}` };
  }
  const libraries = [dirname(cudnn), dirname(driver), process.env.LD_LIBRARY_PATH ?? ""];
  return runLines(program, [], { LD_LIBRARY_PATH: libraries.join(":") });
}

export function runPytorch(folder: string): Promise<PeerRun> {
  return runLines("python3", [join(folder, "pytorch.py")], {});
}

function runLines(
  command: string,
  args: readonly string[],
  variables: Record<string, string>,
): Promise<PeerRun> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...variables } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("error", (error) => resolve({ missing: error.message }));
    child.on("close", (code) => {
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      if (code !== 0 && lines.length === 0)
        resolve({ missing: `status ${code}: ${stderr.trim()}` });
      else resolve({ lines: lines.map((line) => JSON.parse(line)) });
    });
    child.stdin.end(input);
  });
}

/** The file of a library that this process has loaded. */
function loadedLibrary(name: string): string | null {
  const lines = readFileSync("/proc/self/maps", "utf8").split("\n");
  return (
    lines.map((line) => line.split(/\s+/)[5] ?? "").find((file) => file.includes(`/${name}`)) ??
    null
  );
}

function cudnnIncludes(cudnn: string): string[] {
  return [join(dirname(cudnn), "../include"), "/usr/include", "/usr/include/x86_64-linux-gnu"];
}

/** CUDA's headers: the toolkit's, or those of the wheels beside cuDNN's. */
function cudaInclude(cudnn: string): string | null {
  const wheels = join(dirname(cudnn), "../..");
  const toolkit = process.env.CUDA_PATH ?? "/usr/local/cuda";
  return includeWith("cuda.h", [
    join(toolkit, "include"),
    ...["cu13/include", "cuda_runtime/include"].map((path) => join(wheels, path)),
  ]);
}

function includeWith(file: string, folders: readonly string[]): string | null {
  return folders.find((folder) => existsSync(join(folder, file))) ?? null;
}
