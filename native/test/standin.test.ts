// The stand-in itself: a fixture that overlooked a leak or a misuse would make the other tests worthless.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildStandIn, compileStandIn, paths, StandIn } from "./standin/index.mjs";
import { functionsIn } from "./support/functions.ts";

const reason = buildStandIn();
const folder = mkdtempSync(join(tmpdir(), "batchnorm-selfcheck-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(reason !== null)(`stand-in${reason ? ` (${reason})` : ""}`, () => {
  test("finds out what it promises to find out", () => {
    const program = join(folder, "selfcheck");
    const libraries = dirname(paths.driver);
    const links = [
      `-L${libraries}`,
      "-lcudnn_standin",
      "-lcuda_standin",
      `-Wl,-rpath,${libraries}`,
    ];
    compileStandIn([join(libraries, "../selfcheck.cpp"), ...links], program);
    const ran = spawnSync(program, { encoding: "utf8" });
    expect(ran.stdout.trim().split("\n").at(-1), ran.stdout + ran.stderr).toBe("done");
    expect(ran).toMatchObject({ status: 0, signal: null });
  });

  test("an order it cannot read stops the process, so that no test passes by a misspelling", () => {
    const program = join(folder, "selfcheck");
    for (const orders of [
      "fail:cuNothing:1=1",
      "slwo=1",
      "work=3",
      "fail:cuInit:0=1",
      "nonsense",
    ]) {
      const ran = spawnSync(program, {
        env: { ...process.env, BATCHNORM_STANDIN: orders },
        encoding: "utf8",
      });
      expect(ran.signal, orders).toBe("SIGABRT");
      expect(ran.stderr).toContain("cannot read the order");
    }
  });

  test("its page is read as it is written", () => {
    const standIn = new StandIn();
    standIn.order("devices=0");
    const program = join(folder, "selfcheck");
    spawnSync(program, { env: { ...process.env, ...standIn.environment } });
    expect(standIn.calls()).toMatchObject({ cuInit: 1 });
    const names = Object.keys(standIn.counts());
    for (const name of [...functionsIn("driver"), ...functionsIn("cudnn")])
      expect(names).toContain(name);
    standIn.dispose();
  });

  test("says what it is", () => {
    for (const file of [paths.driver, paths.cudnn]) expect(file).toMatch(/_standin\.so$/);
    const text = readFileSync(paths.driver, "latin1");
    expect(text).toContain("Stand-in %d (no GPU)");
  });
});
