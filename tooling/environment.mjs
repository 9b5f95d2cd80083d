// What every script here needs first: a fit Node, the pinned pnpm on the PATH, quiet tools.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const oldestNode = 20;

const quiet = {
  DO_NOT_TRACK: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_loglevel: "error",
  npm_config_update_notifier: "false",
};

/** Stops with a plain sentence on a Node that the packages do not support. */
export function checkNode(version = process.versions.node) {
  if (Number.parseInt(version, 10) >= oldestNode) return;
  console.error(`batchnorm needs Node.js ${oldestNode} or newer; this is ${version}.`);
  process.exit(1);
}

/**
 * Runs a command to its end, from the root unless told otherwise.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
export function execute(command, args, options) {
  // Commands of npm packages are .cmd files on Windows, which only a shell can start.
  const shell = process.platform === "win32";
  return spawnSync(command, args, { cwd: root, shell, ...options, encoding: "utf8" });
}

/** The environment of child processes: `pnpm` there is the pinned one, also inside turbo. */
export function environment() {
  const env = { ...process.env, ...quiet };
  const { packageManager } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));
  const pinned = packageManager.split("@")[1];
  if (execute("pnpm", ["--version"], { env }).stdout?.trim() === pinned) return env;
  // npx fetches that pnpm on the first run and finds it in its cache from then on.
  const printPath = ["exec", "--yes", `--package=${packageManager}`, "--", "node", "-p"];
  const found = execute("npm", [...printPath, "process.env.PATH"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (found.status !== 0) {
    console.error(`Could not get pnpm ${pinned} through npm; is the npm registry reachable?`);
    process.exit(1);
  }
  // Windows spells it Path; a second key PATH would be ignored there.
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return { ...env, [key]: found.stdout.trim() };
}
