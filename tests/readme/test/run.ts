import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Example } from "./markdown.ts";
import { root, sources } from "./workspace.ts";

/** What an example prints, run by Node in an empty folder. */
export async function run({ document, line, code }: Example): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "batchnorm-readme-"));
  try {
    const outfile = join(folder, "example.mjs");
    await build({
      stdin: { contents: code, loader: "ts", resolveDir: join(root, "tests/readme") },
      alias: { ...sources },
      bundle: true,
      conditions: ["@batchnorm/source"],
      format: "esm",
      logLevel: "silent",
      outfile,
      platform: "node",
      target: "node20",
    });
    // Options of the test runner's own process must not reach the child.
    const env = { ...process.env, NODE_OPTIONS: "", NODE_PATH: "" };
    const done = spawnSync(process.execPath, [outfile], { cwd: folder, env, encoding: "utf8" });
    if (done.status === 0 && done.stderr === "") return done.stdout;
    throw new Error(`${document}:${line} fails with status ${done.status}\n${done.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
