// node compileKernel.mjs --nvcc path --source file.cu --out stem -- flags: compiles one file of kernels to
// stem.fatbin, and writes what the assembler said of each kernel to stem.json. Fails where a kernel takes more
// than kernels/budget.json allows it: registers, or any spilling of them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const string = { type: "string" };
const { values, positionals } = parseArgs({
  options: { nvcc: string, source: string, out: string },
  allowPositionals: true,
});
const { nvcc, source, out } = values;
const budget = JSON.parse(
  readFileSync(join(dirname(import.meta.dirname), "kernels", "budget.json"), "utf8"),
);

const common = "-std=c++17 -O3 -lineinfo -Werror all-warnings -Xptxas -v -fatbin".split(" ");
// Builds with sanitizers are builds of the same kernels: what one has compiled the others take.
const cache = join(
  dirname(import.meta.dirname),
  "build-kernels",
  keyOf([...common, ...positionals]),
);
mkdirSync(dirname(out), { recursive: true });
mkdirSync(cache, { recursive: true });
const kept = (name) => join(cache, `${out.split("/").pop()}.${name}`);
const report = existsSync(kept("txt")) ? readFileSync(kept("txt"), "utf8") : compile();
copyFileSync(kept("fatbin"), `${out}.fatbin`);
const dependencies = readFileSync(kept("d"), "utf8");
writeFileSync(`${out}.d`, dependencies.replace(/^[^:]*:/, `${out}.fatbin :`));

const kernels = kernelsIn(report);
if (kernels.length === 0) fail(`${source} has no kernels, or the assembler's report has changed`);
const over = kernels.flatMap(excesses);
if (over.length > 0) fail(`${source} is over kernels/budget.json:\n${over.join("\n")}`);
writeFileSync(`${out}.json`, `${JSON.stringify({ source, kernels }, null, 1)}\n`);

/** Into the cache, the report last: where it is, all is. Returns the report. */
function compile() {
  const mine = (name) => `${kept(name)}.${process.pid}`;
  const dependencyFlags = ["-MD", "-MF", mine("d"), "-MT", "kernel"];
  const args = [...common, ...dependencyFlags, ...positionals, source, "-o", mine("fatbin")];
  const minute = 60_000;
  const done = spawnSync(nvcc, args, { encoding: "utf8", timeout: 10 * minute });
  if (done.status !== 0) {
    fail(`${nvcc} ${args.join(" ")}\n${done.stdout}${done.stderr}${done.error ?? ""}`);
  }
  writeFileSync(mine("txt"), done.stderr + done.stdout);
  for (const name of ["fatbin", "d", "txt"]) renameSync(mine(name), kept(name));
  return done.stderr + done.stdout;
}

/** Of the compiler, how it is called, and everything in its source folder and those that it includes from. */
function keyOf(flags) {
  const hash = createHash("sha256").update(flags.join(" "));
  hash.update(spawnSync(nvcc, ["--version"]).stdout);
  const folders = [
    ...new Set(["common", "elementwise", "generic", source.split("/").at(-2)]),
  ].sort();
  for (const folder of folders.map((name) => join(dirname(source), "..", name))) {
    for (const name of readdirSync(folder).sort()) {
      if (/\.(h|cuh)$/.test(name)) hash.update(readFileSync(join(folder, name)));
    }
  }
  hash.update(readFileSync(join(dirname(source), "..", "params.h")));
  return hash.update(readFileSync(source)).digest("hex").slice(0, 16);
}

/** What ptxas -v says of every kernel. */
function kernelsIn(report) {
  return report
    .split("Compiling entry function ")
    .slice(1)
    .map((text) => ({
      name: /^'(\w+)'/.exec(text)[1],
      registers: Number(/Used (\d+) registers/.exec(text)[1]),
      spilled:
        Number(/(\d+) bytes spill stores/.exec(text)[1]) +
        Number(/(\d+) bytes spill loads/.exec(text)[1]),
      stack: Number(/(\d+) bytes stack frame/.exec(text)[1]),
    }));
}

function excesses({ name, registers, spilled, stack }) {
  const rule = budget.find(({ kernels }) => new RegExp(`^(?:${kernels})$`).test(name));
  if (rule === undefined) return [`${name}: no rule`];
  const lines = [];
  if (registers > rule.registers)
    lines.push(`${name}: ${registers} registers, ${rule.registers} allowed`);
  if (spilled > (rule.spilled ?? 0)) lines.push(`${name}: ${spilled} bytes spilled`);
  if (stack > (rule.stack ?? 0)) lines.push(`${name}: a stack frame of ${stack} bytes`);
  return lines;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
