// The threads that copy for large transfers, as programs of their own: under a sanitizer that sees both sides, and
// with more threads than the addon would use on this machine.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nativeFolder } from "./support/places.ts";

const compiler = [process.env.CXX, "c++", "g++", "clang++"].find(
  (name) => name && spawnSync(name, ["--version"]).status === 0,
);
const folder = mkdtempSync(join(tmpdir(), "batchnorm-programs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programs = [
  { name: "copyCrew", parts: ["copy_crew"] },
  { name: "hostCopier", parts: ["copy_crew", "host_copier"] },
];
const sanitizers = ["address", "thread"];
const cases = programs.flatMap((one) => sanitizers.map((sanitizer) => ({ ...one, sanitizer })));

/** Compiles the program; what the compiler says where it cannot. */
function compile({ name, parts, sanitizer }: (typeof cases)[number]) {
  const file = join(folder, `${name}-${sanitizer}`);
  const sources = [`test/programs/${name}.cpp`, ...parts.map((part) => `src/owning/${part}.cpp`)];
  const options = ["-std=c++20", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Werror"];
  const args = [...options, `-fsanitize=${sanitizer}`, ...sources, "-o", file];
  const done = spawnSync(compiler as string, args, { cwd: nativeFolder, encoding: "utf8" });
  return { file, refusal: done.status === 0 ? null : done.stderr };
}

describe.skipIf(compiler === undefined)("copying threads (need a C++ compiler)", () => {
  test.each(cases)(
    "$name copies every byte and races nowhere: $sanitizer",
    (one) => {
      const { file, refusal } = compile(one);
      expect(refusal).toBeNull();
      const done = spawnSync(file, { encoding: "utf8", timeout: 60_000 });
      expect(done.stdout + done.stderr).toBe("");
      expect(done.status).toBe(0);
    },
    120_000,
  );
});
