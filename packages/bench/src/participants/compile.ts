import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { cacheFolder, packageRoot } from "../packageRoot.ts";

const FLAGS = ["-O3", "-march=native", "-std=c++17"];

export type Compiled = { readonly program: string } | { readonly failure: string };

/** Compiles `peers/<name>.cpp` for this machine, once for each source and processor. */
export function compileDriver(name: string, libraries: readonly string[]): Compiled {
  const compiler = process.env.CXX ?? "g++";
  if (spawnSync(compiler, ["--version"]).status !== 0) {
    return { failure: `no C++ compiler (${compiler})` };
  }
  const source = join(packageRoot, `peers/${name}.cpp`);
  const program = join(cacheFolder, "drivers", `${name}-${fingerprint(source)}`);
  if (existsSync(program)) return { program };
  mkdirSync(join(cacheFolder, "drivers"), { recursive: true });
  try {
    execFileSync(compiler, [...FLAGS, source, "-o", program, ...libraries], { stdio: "pipe" });
    return { program };
  } catch (error) {
    return { failure: `${name}.cpp does not compile: ${firstError(error)}` };
  }
}

function fingerprint(source: string): string {
  const hash = createHash("sha256")
    .update(FLAGS.join(" "))
    .update(cpus()[0]?.model ?? "");
  for (const file of [source, join(packageRoot, "peers/protocol.hpp")]) {
    hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

function firstError(error: unknown): string {
  const { stderr } = error as { stderr?: Buffer };
  const lines = String(stderr ?? error).split("\n");
  return (lines.find((line) => line.includes("error:")) ?? lines[0]).trim();
}
