import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { execute } from "../../../tooling/environment.mjs";
import { packAll, publicPackages } from "../../../tooling/packages.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of a project that has installed every tarball. */
    readonly consumer: string;
    readonly publicNames: readonly string[];
  }
}

const consumer = realpathSync(mkdtempSync(join(tmpdir(), "batchnorm-consumer-")));

/** Packs every public package and installs the tarballs, together, into an empty project. */
export function setup(project: TestProject): void {
  requireBuild();
  const tarballs = packAll(consumer);
  const manifest = {
    name: "consumer",
    private: true,
    dependencies: Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`])),
  };
  writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest));
  npmInstall(consumer);
  project.provide("consumer", consumer);
  project.provide("publicNames", [...tarballs.keys()]);
}

export function teardown(): void {
  rmSync(consumer, { recursive: true, force: true });
}

function requireBuild(): void {
  for (const { directory, manifest } of publicPackages()) {
    if (existsSync(join(directory, "dist"))) continue;
    throw new Error(`${manifest.name} is not built; run "npm run build" first`);
  }
}

function npmInstall(folder: string): void {
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = execute("npm", args, { cwd: folder });
  if (done.status !== 0) throw new Error(`npm install failed\n${done.stdout}${done.stderr}`);
}
