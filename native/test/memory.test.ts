import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { expectClean } from "./support/clean.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();

const pooled = `memory=${64 << 20}`;
const plain = `${pooled} pools=0`;

describe.skipIf(reason !== null).concurrent(`out of memory${reason ? ` (${reason})` : ""}`, () => {
  test.each([
    { name: "too much", orders: pooled },
    { name: "too much", orders: plain },
    { name: "little by little", orders: pooled },
    { name: "little by little", orders: plain },
    { name: "freed memory that the stream has not come to yet", orders: `${pooled} slow=2000` },
    { name: "freed memory that the stream has not come to yet", orders: plain },
    { name: "kept by the pool of another device object", orders: pooled },
    { name: "the workspace of a plan", orders: pooled },
  ])("$name ($orders)", async ({ name, orders }) => {
    const ended = await runChild("memory", { arguments: [name], orders });
    expectClean(ended);
    expect(ended.said).toContainEqual({ done: true });
  });
});
