import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, inject, test } from "vitest";

const consumer = inject("consumer");
const repository = resolve(import.meta.dirname, "../../..");

/** What each public package asks npm for, and nothing else. */
const dependencies: Record<string, string[]> = {
  "@batchnorm/core": [],
  "@batchnorm/cpu": ["@batchnorm/core"],
  "@batchnorm/cudnn": ["@batchnorm/core"],
  "@batchnorm/conformance": ["@batchnorm/core", "fast-check"],
  "@batchnorm/wasm": ["@batchnorm/core"],
  batchnorm: ["@batchnorm/core", "@batchnorm/cpu", "@batchnorm/wasm"],
};

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly exports: unknown;
}

function installed(name: string) {
  const home = join(consumer, "node_modules", name);
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .sort();
  const read = (file: string) => readFileSync(join(home, file), "utf8");
  const manifest: Manifest = JSON.parse(read("package.json"));
  return { files, read, manifest };
}

/** The files an exports map points at. */
function targets(exports: unknown): string[] {
  if (typeof exports === "string") return [exports.replace(/^\.\//, "")];
  return Object.values(exports as object).flatMap(targets);
}

/** The conditions and subpaths an exports map names. */
function conditions(exports: unknown): string[] {
  if (typeof exports === "string") return [];
  return Object.entries(exports as object).flatMap(([key, value]) => [key, ...conditions(value)]);
}

test("the dependency table names every public package", () => {
  expect(Object.keys(dependencies).sort()).toEqual([...inject("publicNames")].sort());
});

describe.each(inject("publicNames"))("the tarball of %s", (name) => {
  const { files, read, manifest } = installed(name);

  test("holds the build, the read-me, the licence, and nothing more", () => {
    const built = ["index.cjs", "index.d.cts", "index.d.ts", "index.js"].map(
      (file) => `dist/${file}`,
    );
    expect(files).toEqual(
      expect.arrayContaining([...built, "LICENSE", "README.md", "package.json"]),
    );
    expect(files.filter((file) => !file.startsWith("dist/"))).toEqual([
      "LICENSE",
      "README.md",
      "package.json",
    ]);
    expect(files.filter((file) => /\.test\.|\.spec\.|__/.test(file))).toEqual([]);
    expect(read("LICENSE")).toContain("Apache License");
  });

  test("exports only files it holds, and not the sources", () => {
    expect(targets(manifest.exports).filter((file) => !files.includes(file))).toEqual([]);
    expect(conditions(manifest.exports)).not.toContain("@batchnorm/source");
  });

  test("is built from its own sources alone, and carries them in its source maps", () => {
    const maps = files.filter((file) => file.endsWith(".map"));
    expect(maps).not.toEqual([]);
    for (const file of maps) {
      const { sources, sourcesContent } = JSON.parse(read(file));
      expect(sources.filter((source: string) => !source.startsWith("../src/"))).toEqual([]);
      expect(sourcesContent?.length, file).toBe(sources.length);
    }
  });

  test("tells no path of the machine that built it", () => {
    const telling = files.filter((file) => read(file).includes(repository));
    expect(telling).toEqual([]);
  });

  test("depends on exactly what is expected, by a version npm understands", () => {
    expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual(dependencies[name]);
    expect(manifest.peerDependencies ?? {}).toEqual({});
    for (const range of Object.values(manifest.dependencies ?? {})) {
      expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
    }
  });
});
