// node tooling/closing.mjs <report.json> …: the closing line of a CI run. It fails on a failed test,
// when nothing passed, and when one of the reports holds no passed conformance case.
import { countTests } from "./count.mjs";

const reports = process.argv.slice(2);
const total = countTests(reports);

if (total.skipped > 0) console.log(`${total.skipped} skipped`);
const silent = reports.filter((file) => countTests([file]).conformance === 0);
for (const file of silent) console.error(`FAILED: no conformance case ran (${file})`);

console.log(`${total.passed} passed, ${total.failed + silent.length} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 || silent.length > 0 ? 1 : 0;
