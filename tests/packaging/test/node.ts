import { spawnSync } from "node:child_process";

/** Runs a script in a fresh Node process, from a folder, and parses the JSON it prints. */
export function runNode(folder: string, type: "module" | "commonjs", script: string): unknown {
  const args = [`--input-type=${type}`, "--eval", script];
  // Options of the test runner's own process must not reach the child.
  const env = { ...process.env, NODE_OPTIONS: "", NODE_PATH: "" };
  const done = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`node failed on: ${script}\n${done.stderr}`);
  return JSON.parse(done.stdout);
}
