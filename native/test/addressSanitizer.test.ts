// The addon built with AddressSanitizer: a walk, failures, lifetimes, transfers, workers.
import { beforeAll, describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";
import { buildSanitized, sanitizerLibrary } from "./support/sanitizer.ts";

const library = sanitizerLibrary("address");
const reason = whyNot() ?? (library === null ? "the compiler has no AddressSanitizer" : null);

const environment = {
  LD_PRELOAD: library ?? "",
  // Node keeps much until its end, so leaks of the heap cannot be told from its own; those of CUDA objects are
  // counted by the stand-in.
  ASAN_OPTIONS: "detect_leaks=0:halt_on_error=1:exitcode=99:detect_stack_use_after_return=1",
};

describe.skipIf(reason !== null)(`AddressSanitizer${reason ? ` (${reason})` : ""}`, () => {
  let addon = "";
  beforeAll(() => {
    addon = buildSanitized("address");
  }, 240_000);

  test.each([
    { child: "failures", given: ["cuMemcpyHtoDAsync_v2", "1", ""] },
    { child: "failures", given: ["cuEventSynchronize", "1", ""] },
    { child: "failures", given: ["cuStreamWaitValue32_v2", "1", ""] },
    { child: "failures", given: ["cudnnCreate", "4000", ""] },
    { child: "sticky", given: ["5", "7", ""] },
    { child: "sticky", given: ["4", "7", "slow=300"] },
    { child: "transfers", given: ["write and read"] },
    { child: "transfers", given: ["a target that goes away"], orders: "slow=300" },
    { child: "transfers", given: ["a thousand small ones at once"] },
    { child: "lifetimes", given: ["device, plan, memory"] },
    { child: "lifetimes", given: ["dispose settles what is pending"], orders: "slow=300" },
    { child: "lifetimes", given: ["a forgotten device with work pending"], orders: "slow=300" },
    { child: "lifetimes", given: ["forgotten memory and plans"] },
    { child: "workers", given: ["terminated in mid-transfer"], orders: "slow=500" },
    { child: "arguments", given: ["wrong receivers"] },
    { child: "arguments", given: ["wrong plans"] },
  ])("$child $given $orders", async ({ child, given, orders }) => {
    const nodeOptions = ["--expose-gc"];
    const options = { arguments: given, orders: orders ?? "", addon, environment, nodeOptions };
    const ended = await runChild(child, options);
    const report = ended.stderr.match(/^.*AddressSanitizer[\s\S]*?\n\n/m)?.[0];
    expect(report).toBeUndefined();
    expectClean(ended);
  });
});
