import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const sources = new URL("../../src/index.ts", import.meta.url).pathname;

/** A script of its own, over the sources of this package and core, as a file Node can run. */
export async function scriptOf(body: string): Promise<{ file: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "batchnorm-wasm-"));
  const file = join(folder, "script.mjs");
  const contents = `
    import { openHandler, preStageSpatial } from "@batchnorm/core";
    import { wasm } from ${JSON.stringify(sources)};
    ${body}`;
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    conditions: ["@batchnorm/source"],
    format: "esm",
    outfile: file,
    platform: "node",
    target: "node20",
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the first line of output to the end of the process. */
  readonly milliseconds: number;
}

/** Runs a script in a process of its own until it ends by itself, or kills it after 10 seconds. */
export function runScript(file: string): Promise<Ended> {
  const child = spawn(process.execPath, [file], { env: { ...process.env, NODE_OPTIONS: "" } });
  let [stdout, stderr, spokenAt] = ["", "", 0];
  child.stdout.on("data", (data) => {
    if (spokenAt === 0) spokenAt = performance.now();
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(patience);
      resolve({ code, stdout, stderr, milliseconds: performance.now() - spokenAt });
    });
  });
}
