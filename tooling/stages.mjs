// Runs commands one after the other, each under a heading with its time; the first failure ends the run.
import { performance } from "node:perf_hooks";
import { checkNode, environment, execute } from "./environment.mjs";

checkNode();
const env = environment();

/** A command whose output is the point of it. Returns the exit status. */
export function show(command, args) {
  return execute(command, args, { env, stdio: "inherit" }).status ?? 1;
}

/** A command whose output matters only when it fails. */
export function stage(title, command, args) {
  console.log(`\n== ${title}`);
  const started = performance.now();
  const done = execute(command, args, { env, maxBuffer: 64 * 1024 * 1024 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (done.status === 0) {
    console.log(`   done in ${seconds} s`);
    return;
  }
  process.stdout.write(done.stdout ?? "");
  process.stderr.write(done.stderr ?? "");
  console.error(`\nFAILED after ${seconds} s: ${title}`);
  console.error(`   ${done.error?.message ?? [command, ...args].join(" ")}`);
  process.exit(1);
}

/** Dependencies in place and packages built. Repeats are quick: pnpm and turbo keep what is there. */
export function setUp() {
  stage("Install dependencies", "pnpm", ["install", "--frozen-lockfile"]);
  stage("Build packages", "pnpm", ["exec", "turbo", "run", "build", "--output-logs=errors-only"]);
}
