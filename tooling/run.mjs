// node tooling/run.mjs <command> …: a workspace tool in the environment the other scripts use.
import { checkNode, environment, execute } from "./environment.mjs";

checkNode();
const done = execute("pnpm", ["exec", ...process.argv.slice(2)], {
  env: environment(),
  stdio: "inherit",
});
process.exitCode = done.status ?? 1;
