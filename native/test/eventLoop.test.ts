// With the stand-in the device's copies are memcpy: what is shown here is that no call waits. The time itself
// is measured on a GPU.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

interface Beat {
  readonly longest: number;
  readonly beats: number;
  readonly duration: number;
}
interface Attempt {
  readonly idle: Beat;
  readonly busy: Beat;
}

describe.skipIf(reason !== null)(`event loop${reason ? ` (${reason})` : ""}`, () => {
  test("a timer keeps its beat within 5 ms while 256 MiB go there and back", async () => {
    const ended = await runChild("eventLoop", { arguments: [`${256 << 20}`], orders: "slow=3000" });
    expectClean(ended);
    const attempts = ended.said.slice(0, -1) as Attempt[];
    expect(ended.said.at(-1)).toEqual({ equal: true });
    // A call that waited would hold the loop for as long as the transfers take.
    for (const { busy } of attempts) expect(busy.duration).toBeGreaterThan(200);
    const longest = attempts.map(({ busy }) => busy.longest).sort((a, b) => a - b);
    expect(longest[2], JSON.stringify(attempts)).toBeLessThan(5);
  });
});
