import { selfTest } from "@batchnorm/conformance";
import { test } from "vitest";
import { cpu } from "../src/index.js";

const runner = {
  test: (name: string, run: () => Promise<void>) => test(name, { timeout: 60_000 }, run),
  skip: (name: string, reason: string) => test.skip(`${name} (${reason})`),
};

await selfTest(runner, cpu());
