// The addon built with ThreadSanitizer. Only on request (BATCHNORM_THREAD_SANITIZER=1): it takes a minute more.
import { beforeAll, describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";
import { buildSanitized, sanitizerLibrary } from "./support/sanitizer.ts";

const library = sanitizerLibrary("thread");
const asked = process.env.BATCHNORM_THREAD_SANITIZER === "1";
const without = library === null ? "the compiler has no ThreadSanitizer" : null;
const reason = whyNot() ?? (asked ? without : "set BATCHNORM_THREAD_SANITIZER=1 to run it");

const environment = {
  LD_PRELOAD: library ?? "",
  TSAN_OPTIONS: "exitcode=0:history_size=4",
};

/**
 * Races in which the addon's own code touches the memory. Node and the stand-in are built without the sanitizer,
 * which therefore does not see how they order things and reports some of theirs.
 */
function ownRaces(stderr: string): string[] {
  const reports = stderr.split("==================\n").filter((one) => one.includes("WARNING"));
  return reports.filter((report) => {
    const stacks = report
      .split(/^ {2}(?=\S)/m)
      .filter((one) => /^(Previous )?\w*.*of size/.test(one));
    const touching = stacks.map((stack) =>
      stack.split("\n").find((line) => /^ +#\d/.test(line) && !line.includes("libtsan")),
    );
    return touching.some((line) => line?.includes("batchnorm_cudnn.node"));
  });
}

describe.skipIf(reason !== null)(`ThreadSanitizer${reason ? ` (${reason})` : ""}`, () => {
  let addon = "";
  beforeAll(() => {
    addon = buildSanitized("thread");
  }, 240_000);

  test("a report about the addon is told from the others", () => {
    const report = (file: string) =>
      `==================\nWARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 1 at 0x1 by thread T2:\n    #0 memcpy (libtsan.so+0x4)\n    #1 some::function() a.cpp:1 (${file}+0x5)\n\n  Previous read of size 1 at 0x1 by main thread:\n    #0 f() (node+0x1)\n==================\n`;
    expect(ownRaces(report("batchnorm_cudnn.node")).length).toBe(1);
    expect(ownRaces(report("libcuda_standin.so"))).toEqual([]);
  });

  test.each([
    { child: "transfers", given: ["write and read"], orders: "slow=100" },
    { child: "transfers", given: ["each at its place among the others"], orders: "slow=100" },
    { child: "transfers", given: ["more at once than there is staging memory for"], orders: "" },
    { child: "lifetimes", given: ["dispose settles what is pending"], orders: "slow=300" },
    { child: "lifetimes", given: ["a forgotten device with work pending"], orders: "slow=300" },
    { child: "sticky", given: ["3", "9", "slow=100"], orders: "" },
    { child: "failures", given: ["cuEventSynchronize", "1", ""], orders: "" },
    { child: "failures", given: ["cuStreamWriteValue32_v2", "1", "slow=100"], orders: "" },
    { child: "workers", given: ["walks in four workers and here"], orders: "" },
    { child: "workers", given: ["terminated in mid-transfer"], orders: "slow=500" },
  ])("$child $given $orders", async ({ child, given, orders }) => {
    const nodeOptions = ["--expose-gc"];
    const ended = await runChild(child, {
      arguments: given,
      orders,
      addon,
      environment,
      nodeOptions,
    });
    expect(ownRaces(ended.stderr)).toEqual([]);
    expectClean(ended);
  });
});
