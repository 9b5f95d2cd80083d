// node scripts/build.mjs [--out folder] [--sanitize address] [--kernels off]: builds the addon where a C++ compiler and
// CMake are found. Elsewhere it says why not and succeeds: the workspace works without the addon.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const folder = dirname(import.meta.dirname);
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "build" },
    sanitize: { type: "string", default: "" },
    kernels: { type: "string", default: "on" },
  },
});

/** What the build needs and the machine lacks, in words. */
function missing() {
  if (process.platform !== "linux") {
    return [`it is for Linux only, where cuDNN is (this is ${process.platform})`];
  }
  const runs = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
  const compilers = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  const lacks = [];
  if (!compilers.some(runs)) lacks.push(`no C++ compiler (looked for ${compilers.join(", ")})`);
  if (!runs("cmake")) lacks.push("no cmake");
  return lacks;
}

const reasons = missing();
if (reasons.length > 0) {
  process.stdout.write(`The cuDNN addon was not built: ${reasons.join("; ")}.\n`);
  process.exit(0);
}
const cmakeJs = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");
const options = ["--directory", folder, "--out", join(folder, values.out), "--config", "Release"];
const sanitize = `--CDBATCHNORM_SANITIZE=${values.sanitize}`;
const kernels = `--CDBATCHNORM_KERNELS=${values.kernels === "off" ? "OFF" : "ON"}`;
const built = spawnSync(process.execPath, [cmakeJs, "build", ...options, sanitize, kernels], {
  cwd: folder,
  stdio: "inherit",
});
process.exitCode = built.status ?? 1;
