import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AddonPlaces, findAddon, howToGetAddon } from "../../src/native/findAddon.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batchnorm-addon-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const NAME = "batchnorm_cudnn.node";

function file(...parts: string[]): string {
  const path = join(folder, ...parts);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "");
  return path;
}

/** A machine where these specifiers are installed, at these files. */
function places(installed: Record<string, string>, here = join(folder, "nowhere")): AddonPlaces {
  return {
    platform: "linux",
    architecture: "x64",
    here,
    resolve(specifier) {
      if (specifier in installed) return installed[specifier];
      throw new Error(`Cannot find module '${specifier}'`);
    },
  };
}

test("a bundle's own comes before what is installed", () => {
  const here = join(folder, "bundle");
  const own = file("bundle", NAME);
  const installed = { "@batchnorm/cudnn-linux-x64": file("platform", NAME) };
  expect(findAddon(places(installed, here)).path).toBe(own);
});

test("the platform's package comes before the workspace's build", () => {
  const [platform, built] = [file("platform", NAME), file("native/build/Release", NAME)];
  const source = { "@batchnorm/native/package.json": file("native/package.json") };
  const both = { ...source, "@batchnorm/cudnn-linux-x64": platform };
  expect(findAddon(places(both)).path).toBe(platform);
  expect(findAddon(places(source)).path).toBe(built);
});

test("where there is none, every place is told", () => {
  const source = { "@batchnorm/native/package.json": file("unbuilt/package.json") };
  const { path, tried } = findAddon(places(source));
  expect(path).toBeNull();
  expect(tried).toEqual([
    `a bundle (${join(folder, "nowhere", NAME)}: no such file)`,
    "the package @batchnorm/cudnn-linux-x64 (not installed)",
    `the build of @batchnorm/native (${join(folder, "unbuilt/build/Release", NAME)}: no such file)`,
  ]);
  expect(howToGetAddon(places(source))).toMatch(/^npm run build/);
  expect(howToGetAddon(places({}))).toBe("npm install @batchnorm/cudnn-linux-x64");
});
