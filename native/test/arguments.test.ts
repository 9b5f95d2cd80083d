import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

describe.skipIf(reason !== null).concurrent(`arguments${reason ? ` (${reason})` : ""}`, () => {
  test.each([
    "wrong types",
    "wrong numbers",
    "wrong plans",
    "wrong launches",
    "wrong receivers",
    "constructors and copies",
    "memory of another device",
    "properties cannot be changed",
    "a call record that was transferred away",
    "buffers that are shared, detached or resizable",
  ])("%s", async (name) => {
    const ended = await runChild("arguments", { arguments: [name] });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });
});
