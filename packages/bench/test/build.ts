import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Options } from "tsup";
import config from "../tsup.config.ts";

const folder = fileURLToPath(new URL("../.cache/test-build/", import.meta.url));
const home = fileURLToPath(new URL("..", import.meta.url));

/** Builds the programs from sources, those of the workspace included: no package need be built first. */
export async function buildPrograms(): Promise<void> {
  await build({
    entryPoints: (config as Options).entry as string[],
    outdir: folder,
    outbase: "src",
    absWorkingDir: home,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    conditions: ["@batchnorm/source"],
    external: ["commander", "wabt", "@tensorflow/*"],
  });
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command to its end. */
export function runBench(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [`${folder}main.js`, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
