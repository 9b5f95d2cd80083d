// What TypeScript writes into the call record arrives where cuDNN expects it. Numbers of the stand-in, not of cuDNN.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

describe.skipIf(reason !== null).concurrent(`steps${reason ? ` (${reason})` : ""}`, () => {
  test.each([
    "forwardTraining",
    "forwardInference",
    "backward",
    "fused forward and backward",
    "elementwise steps",
    "transform steps",
    "optional pointers and what cuDNN refuses",
    "time, runtime errors and facts",
  ])("%s", async (name) => {
    const ended = await runChild("steps", { arguments: [name] });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });
});
