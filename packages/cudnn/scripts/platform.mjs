// node scripts/platform.mjs: puts the addon built in native/ into this platform's package, to be packed.
// node scripts/platform.mjs --check: fails unless every platform's package holds its addon (before publishing).
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const FILE = "batchnorm_cudnn.node";
const platforms = resolve(import.meta.dirname, "../platforms");
const built = resolve(import.meta.dirname, "../../../native/build/Release", FILE);

/** The folder of the package for the machine this runs on; null where there is none. */
function ownPackage() {
  const folder = join(platforms, `${process.platform}-${process.arch}`);
  return existsSync(folder) ? folder : null;
}

function fill() {
  const folder = ownPackage();
  if (folder === null) return `there is no package for ${process.platform} on ${process.arch}`;
  if (!existsSync(built)) return `${built} is not built; run "npm run build" with a C++ compiler`;
  copyFileSync(built, join(folder, FILE));
  return null;
}

function check() {
  const empty = readdirSync(platforms).filter((name) => !existsSync(join(platforms, name, FILE)));
  return empty.length === 0 ? null : `without an addon: ${empty.join(", ")}`;
}

const fault = process.argv.includes("--check") ? check() : fill();
if (fault !== null) {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
