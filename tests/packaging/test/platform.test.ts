import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environment, execute, root } from "../../../tooling/environment.mjs";
import { runNode } from "./node.ts";

const FILE = "batchnorm_cudnn.node";
const cudnn = join(root, "packages/cudnn");
const platform = `${process.platform}-${process.arch}`;
const source = join(cudnn, "platforms", platform);
const built = join(root, "native/build/Release", FILE);

/** Why there is nothing to pack here, or null. */
function missing(): string | null {
  if (!existsSync(source)) return `there is no package for ${platform}`;
  return existsSync(built) ? null : "the addon is not built";
}

const folder = mkdtempSync(join(tmpdir(), "batchnorm-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string): string {
  const done = execute(command, args, { cwd, env: environment() });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
  return String(done.stdout);
}

function pack(directory: string): string {
  const args = ["pack", "--json", "--pack-destination", folder];
  return JSON.parse(run("pnpm", args, directory)).filename;
}

/** The platform's package with its addon, in a copy: the one in the repository stays as it is. */
function packPlatform(): string {
  const copy = join(folder, "package");
  cpSync(source, copy, { recursive: true });
  copyFileSync(built, join(copy, FILE));
  return pack(copy);
}

const reason = missing();

describe.skipIf(reason !== null)(
  `the addon's package for ${platform} (${reason ?? "packed"})`,
  () => {
    beforeAll(() => {
      const tarballs = {
        "@batchnorm/core": pack(join(root, "packages/core")),
        "@batchnorm/cudnn": pack(cudnn),
        [`@batchnorm/cudnn-${platform}`]: packPlatform(),
      };
      const files = Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]);
      const dependencies = Object.fromEntries(files);
      // Without this the optional dependency would be asked of the registry as well.
      const manifest = { name: "consumer", private: true, dependencies, overrides: dependencies };
      writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
      run(
        "npm",
        ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"],
        folder,
      );
    });

    const home = () => join(folder, "node_modules", `@batchnorm/cudnn-${platform}`);

    test("holds the addon, no script that runs on installation, and says where it fits", () => {
      const manifest = JSON.parse(readFileSync(join(home(), "package.json"), "utf8"));
      const { os, cpu, libc, scripts, files } = manifest;
      expect({ os, cpu, libc, files }).toEqual({
        os: [process.platform],
        cpu: [process.arch],
        libc: ["glibc"],
        files: [FILE],
      });
      expect(Object.keys(scripts ?? {}).filter((name) => /install|prepare/.test(name))).toEqual([]);
      expect(existsSync(join(home(), FILE))).toBe(true);
    });

    test.each(["module", "commonjs"] as const)("is found and loads, from a %s", (type) => {
      const get =
        type === "module" ? 'await import("@batchnorm/cudnn")' : 'require("@batchnorm/cudnn")';
      const script = `(async () => {
      const { cudnn } = ${get};
      const probe = await cudnn({ driver: "/nowhere/libcuda.so.1" }).probe();
      console.log(JSON.stringify(probe));
    })();`;
      const unwrapped =
        type === "module" ? script.replace(/^\(async \(\) => \{|\}\)\(\);$/g, "") : script;
      const probe = runNode(folder, type, unwrapped) as { available: boolean; found: string };
      // The addon was loaded: what it could not open is the driver.
      expect(probe.available).toBe(false);
      expect(probe.found).toMatch(/^no driver of NVIDIA.*\/nowhere\/libcuda\.so\.1/);
    });
  },
);
