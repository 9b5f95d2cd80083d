import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** Every file that importing `path` loads, and every package: static and dynamic imports alike. */
function reachedFrom(path: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(path)) return { files, packages };
  files.add(path);
  for (const { fileName } of ts.preProcessFile(readFileSync(path, "utf8")).importedFiles) {
    if (!fileName.startsWith(".")) packages.add(fileName);
    else reachedFrom(sourceOf(join(dirname(path), fileName)), files, packages);
  }
  return { files, packages };
}

function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, ".ts");
  expect(existsSync(source), source).toBe(true);
  return source;
}

test("importing the package pulls in core, and nothing else", () => {
  const { files, packages } = reachedFrom(entry);
  expect(files.size).toBeGreaterThan(8);
  expect([...packages]).toEqual(["@batchnorm/core"]);
});

test("its manifest asks for core, and nothing else", () => {
  const path = new URL("../package.json", import.meta.url);
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  expect(Object.keys(manifest.dependencies)).toEqual(["@batchnorm/core"]);
  expect(manifest.peerDependencies ?? {}).toEqual({});
  expect(manifest.optionalDependencies ?? {}).toEqual({});
});
