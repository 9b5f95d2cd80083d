// node scripts/bundle.mjs: one folder, bundle/, that runs with plain Node on a machine with a GPU and
// nothing else: the built addon, this package and the conformance suite in one file, the programs to
// measure beside. There: node bundle/run.mjs --bench
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const home = resolve(import.meta.dirname, "..");
const addon = resolve(home, "../../native/build/Release/batchnorm_cudnn.node");
const bundle = join(home, "bundle");

if (!existsSync(addon)) {
  process.stderr.write(`${addon} is not built; run "npm run build" with a C++ compiler\n`);
  process.exit(1);
}
rmSync(bundle, { recursive: true, force: true });
mkdirSync(bundle);
copyFileSync(addon, join(bundle, "batchnorm_cudnn.node"));
for (const program of ["raw.cpp", "pytorch.py"]) {
  copyFileSync(join(home, "bench", program), join(bundle, program));
}
await build({
  entryPoints: [join(home, "bench/run.ts")],
  // Packages of the workspace mean their sources: no build is needed first.
  conditions: ["@batchnorm/source"],
  bundle: true,
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  outfile: join(bundle, "run.mjs"),
  platform: "node",
  sourcemap: "inline",
  target: "node20",
  // What a dependency requires by name is Node's own.
  banner: {
    js: 'import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url);',
  },
});
process.stdout.write(`${bundle}\n`);
