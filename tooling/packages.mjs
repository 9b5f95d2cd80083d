// Finds the public packages and packs them as `pnpm publish` would.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { environment, execute, root } from "./environment.mjs";

/** Directory and manifest of every package that is published. */
export function publicPackages() {
  const home = resolve(root, "packages");
  return readdirSync(home)
    .map((name) => join(home, name))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({ directory, manifest: readManifest(directory) }))
    .filter(({ manifest }) => !manifest.private);
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}

/**
 * Packs every public package into a directory.
 * @param {string} destination
 * @returns {Map<string, string>} from package name to tarball
 */
export function packAll(destination) {
  const env = environment();
  const tarballs = new Map();
  for (const { directory, manifest } of publicPackages()) {
    tarballs.set(manifest.name, pack(directory, destination, env));
  }
  return tarballs;
}

function pack(directory, destination, env) {
  const args = ["pack", "--json", "--pack-destination", destination];
  const done = execute("pnpm", args, { cwd: directory, env });
  if (done.status !== 0) throw new Error(`pnpm pack failed in ${directory}\n${done.stdout}`);
  return JSON.parse(done.stdout).filename;
}
