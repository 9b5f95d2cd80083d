// npm test: every check, cheapest first; the last line is the sum of all tests.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { countTests, sentence } from "./count.mjs";
import { root } from "./environment.mjs";
import { setUp, show, stage } from "./stages.mjs";

const report = resolve(root, "node_modules/.cache/batchnorm/vitest.json");
// Biome colours its output even where nobody looks at it.
const colors = process.stdout.isTTY ? "--colors=force" : "--colors=off";

setUp();
stage("Format and lint", "pnpm", ["exec", "biome", "ci", "--error-on-warnings", colors, "."]);
stage("Types", "pnpm", ["exec", "turbo", "run", "types", "--output-logs=errors-only"]);
stage("Types of the tooling", "pnpm", ["exec", "tsc", "-p", "tooling/tsconfig.json"]);
stage("Unused files, exports and dependencies", "pnpm", ["exec", "knip"]);
stage("Packed packages: publint and attw", "node", ["tooling/checkPacked.mjs"]);

console.log("\n== Tests: unit, properties, conformance, structure, packaging");
rmSync(report, { force: true });
const status = show("pnpm", [
  ...["exec", "vitest", "run", "--reporter=default", "--reporter=json"],
  `--outputFile.json=${report}`,
]);
const counts = countTests([report]);
if (status !== 0) console.error("FAILED: tests");
if (counts.passed === 0) console.error("FAILED: no test ran");
console.log(`\n${sentence(counts)}`);
process.exitCode = status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
