import type { Backend } from "@batchnorm/core";
import { ConformanceError } from "../compare/conformanceError.js";
import { conformance, type Runner } from "../conformance.js";
import { readDeclared } from "../declared.js";
import type { CaseOptions } from "../runCase.js";
import { type PlainResult, runPlain } from "../runPlain.js";
import { type BrokenBackend, brokenBackends } from "./brokenBackends.js";
import { modestBackend } from "./modestBackend.js";
import { deferredBackend } from "./sabotagedBackend.js";

/** Fewer than usual: the properties are run on correct backends here. */
const RUNS = 10;

/**
 * Tests the suite itself on a backend that passes it: every broken form of it must be caught by the
 * cases named for it, and its deferred and modest forms must pass all.
 */
export async function selfTest(
  { test, skip }: Runner,
  good: Backend,
  given: CaseOptions = {},
): Promise<void> {
  const options = { runs: RUNS, ...given };
  const capabilities = await readDeclared(good);
  for (const broken of brokenBackends(good)) {
    const name = `caught: a backend that ${broken.name}`;
    const reason = broken.skip(capabilities);
    if (reason === null) test(name, () => expectCaught(broken, options));
    else skip(name, reason);
  }
  await conformance(prefixed("deferred", { test, skip }), deferredBackend(good), options);
  await conformance(prefixed("modest", { test, skip }), modestBackend(good), options);
}

function prefixed(prefix: string, { test, skip }: Runner): Runner {
  return {
    test: (name, run) => test(`${prefix}: ${name}`, run),
    skip: (name, reason) => skip(`${prefix}: ${name}`, reason),
  };
}

async function expectCaught(
  { backend, caughtBy, name }: BrokenBackend,
  options: CaseOptions,
): Promise<void> {
  const result: PlainResult = await runPlain(backend, () => {}, { ...options, only: caughtBy });
  const failed = result.failures.map((failure) => failure.name);
  const missed = caughtBy.filter((one) => !failed.includes(one));
  if (missed.length === 0) return;
  throw new ConformanceError(`a backend that ${name} passes, or skips: ${missed.join("; ")}`);
}
