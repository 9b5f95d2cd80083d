// The threads that copy large transfers: this machine may have too few processors for the addon to use them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nativeFolder } from "./support/places.ts";

const compiler = [process.env.CXX, "c++", "g++", "clang++"].find(
  (name) => name && spawnSync(name, ["--version"]).status === 0,
);
const folder = mkdtempSync(join(tmpdir(), "batchnorm-copy-crew-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the program; what the compiler says where it cannot. */
function compile(sanitizer: string): { file: string; refusal: string | null } {
  const file = join(folder, sanitizer);
  const sources = ["test/copyCrew/main.cpp", "src/owning/copy_crew.cpp"];
  const options = ["-std=c++20", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Werror"];
  const args = [...options, `-fsanitize=${sanitizer}`, ...sources, "-o", file];
  const done = spawnSync(compiler as string, args, { cwd: nativeFolder, encoding: "utf8" });
  return { file, refusal: done.status === 0 ? null : done.stderr };
}

describe.skipIf(compiler === undefined)("copy crew (needs a C++ compiler)", () => {
  test.each(["address", "thread"])(
    "copies every byte and races nowhere: %s",
    (sanitizer) => {
      const { file, refusal } = compile(sanitizer);
      expect(refusal).toBeNull();
      const done = spawnSync(file, { encoding: "utf8", timeout: 60_000 });
      expect(done.stdout + done.stderr).toBe("");
      expect(done.status).toBe(0);
    },
    90_000,
  );
});
