import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInfo, stringifyInfo } from "../../src/info/index.ts";
import { knownKeyLike } from "../../src/info/wireKeys.ts";
import { arbitraryInfo } from "./arbitraryInfo.ts";
import { bits, golden, respellings } from "./support.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/go/", import.meta.url));
const MINUTES = 60_000;

const hasGo = spawnSync("go", ["version"]).status === 0;
const isRequired = process.env.BATCHNORM_REQUIRE_PEERS === "1";
if (!hasGo && !isRequired)
  console.warn("Skipped: the checks against Go, since `go` does not run here.");

/** What Go's decoder and then its encoder make of each line; one run for all lines. */
function throughGo(lines: readonly string[]): string[] {
  const cache = mkdtempSync(join(tmpdir(), "batchnorm-go-"));
  const env = {
    ...process.env,
    GOCACHE: cache,
    GOFLAGS: "-mod=mod",
    GOPROXY: "off",
    GOTOOLCHAIN: "local",
  };
  const input = `${lines.join("\n")}\n`;
  const options = { cwd: FOLDER, env, input, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  try {
    const { status, stdout, stderr, error } = spawnSync("go", ["run", "main.go"], options);
    if (status !== 0) throw new Error(`go run failed: ${stderr}`, { cause: error });
    return stdout.trimEnd().split("\n");
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

describe.skipIf(!hasGo && !isRequired)("Go's encoding/json (skipped where go is absent)", () => {
  it("reads what stringifyInfo writes, and writes what parseInfo reads", {
    timeout: 5 * MINUTES,
  }, () => {
    const infos = fc.sample(arbitraryInfo, { numRuns: 400, seed: 20 });
    const texts = infos.map((info) => stringifyInfo(info));
    const answers = throughGo(texts);
    expect(answers).toHaveLength(texts.length);
    for (const [i, answer] of answers.entries()) {
      const bare = { ...infos[i], extension: null };
      expect(answer).toBe(stringifyInfo(bare));
      expect(bits(parseInfo(answer))).toEqual(bits(bare));
    }
    const withExtension = infos.filter((info) => info.extension !== null).length;
    expect(withExtension).toBeGreaterThan(100);
    expect(withExtension).toBeLessThan(300);
  });

  it("writes the goldens as they stand", { timeout: 5 * MINUTES }, () => {
    const texts = ["never-staged.json", "spatial-float32.json"].map(golden);
    expect(throughGo(texts)).toEqual(texts);
  });

  it("takes for a known key exactly what parseInfo takes for one", { timeout: 5 * MINUTES }, () => {
    const integers = ["Exponentialfactor", "Mode", "Format", "DataType", "Nan"];
    const values: [key: string, value: unknown][] = [
      ["Epsilon", 0.5],
      ...integers.map((key): [string, unknown] => [key, 1]),
      ...["Dims", "Stride"].map((key): [string, unknown] => [key, [7]]),
      ...["RRM", "RRV", "RSM", "RSV"].map((key): [string, unknown] => [key, "AAAA"]),
    ];
    const spellings = values.flatMap(([known, value]) =>
      fc.sample(respellings(known), { numRuns: 60, seed: 7 }).map((key) => ({ key, known, value })),
    );
    const [untouched, ...answers] = throughGo([
      "{}",
      ...spellings.map(({ key, value }) => JSON.stringify({ [key]: value })),
    ]);
    const taken = answers.map((answer) => answer !== untouched);
    const byUs = spellings.map(({ key, known }) => knownKeyLike(key) === known);
    expect(taken).toEqual(byUs);
    expect(new Set(byUs).size).toBe(2);
  });
});
