// Sums vitest's JSON reports.
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const none = { passed: 0, failed: 0, skipped: 0, conformance: 0 };

/** Totals over the report files. A missing report counts as one failure. */
export function countTests(files) {
  return files.map(countFile).reduce(add, none);
}

export function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function countFile(file) {
  if (!existsSync(file)) return { ...none, failed: 1 };
  const { testResults } = JSON.parse(readFileSync(file, "utf8"));
  return testResults.map(countSuite).reduce(add, none);
}

function countSuite({ name, status, assertionResults }) {
  const of = (...states) => assertionResults.filter((one) => states.includes(one.status)).length;
  const passed = of("passed");
  // A file that does not even load has a failed status and no failed test.
  const failed = of("failed") || (status === "failed" ? 1 : 0);
  const conformance = basename(name) === "conformance.test.ts" ? passed : 0;
  return { passed, failed, skipped: assertionResults.length - passed - of("failed"), conformance };
}

function add(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    conformance: a.conformance + b.conformance,
  };
}
