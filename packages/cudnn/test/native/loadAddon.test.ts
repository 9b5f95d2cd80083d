import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALL_FIELDS, SLOT, STEP, STEP_NAMES } from "../../src/native/callRecord.ts";
import { loadAddon } from "../../src/native/loadAddon.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batchnorm-addon-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An addon of JavaScript: to be loaded is all that matters here. */
function addon(name: string, callFields: readonly string[], stepNames: readonly string[]): string {
  const path = join(folder, `${name}.cjs`);
  writeFileSync(path, `module.exports = ${JSON.stringify({ callFields, stepNames })};`);
  return path;
}

test("the numbers of slots and steps follow their order", () => {
  expect(Object.values(SLOT)).toEqual(CALL_FIELDS.map((_, i) => i));
  expect(Object.values(STEP)).toEqual(STEP_NAMES.map((_, i) => i));
});

test("an addon of the same layout is taken", () => {
  expect(loadAddon(addon("same", CALL_FIELDS, STEP_NAMES)).stepNames).toEqual(STEP_NAMES);
});

test.each([
  ["slots", addonOf([...CALL_FIELDS].reverse(), STEP_NAMES)],
  ["fewer slots", addonOf(CALL_FIELDS.slice(1), STEP_NAMES)],
  ["steps", addonOf(CALL_FIELDS, [...STEP_NAMES, "more"])],
  ["no layout at all", addonOf([], [])],
])("an addon of other %s is refused before it is used", (name, make) => {
  expect(() => loadAddon(make(name))).toThrow(
    expect.objectContaining({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining("another version"),
    }),
  );
});

function addonOf(callFields: readonly string[], stepNames: readonly string[]) {
  return (name: string) => addon(name.replaceAll(" ", ""), callFields, stepNames);
}

test("a file that is no addon is BACKEND_UNAVAILABLE, with the loader's words", () => {
  const path = join(folder, "broken.node");
  writeFileSync(path, "no library");
  expect(() => loadAddon(path)).toThrow(
    expect.objectContaining({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining(path),
    }),
  );
});
