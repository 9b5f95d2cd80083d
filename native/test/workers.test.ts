import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

describe.skipIf(reason !== null).concurrent(`workers${reason ? ` (${reason})` : ""}`, () => {
  test.each([
    { name: "walks in four workers and here" },
    { name: "terminated in mid-transfer", orders: "slow=1000" },
    { name: "ended by an uncaught error in mid-transfer", orders: "slow=1000" },
    { name: "left with a transfer pending", orders: "slow=1000" },
    { name: "terminated before and after anything", orders: "slow=100" },
  ])("$name", async ({ name, orders }) => {
    const ended = await runChild("workers", { arguments: [name], orders: orders ?? "" });
    expectClean(ended);
    expect(ended.said).toEqual([{ done: true }]);
  });
});
