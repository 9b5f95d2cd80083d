import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileModule } from "../src/module.ts";
import { CALL_BYTES, NUMBER_FIELDS, WORD_FIELDS } from "../src/plan/callLayout.ts";
import { PHASES } from "../src/plan/phases.ts";
import type { Kernels } from "../src/threads/executor.ts";
import { createMemory } from "./support/rig.ts";

function assembly(file: string): string {
  const source = readFileSync(new URL(`../assembly/${file}`, import.meta.url), "utf8");
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
}

function bodyOf(file: string, head: RegExp): string {
  const found = new RegExp(`${head.source}\\s*\\{([^}]*)\\}`).exec(assembly(file));
  if (found === null) throw new Error(`no ${head} in assembly/${file}`);
  return found[1];
}

test("the module and its caller agree on the size of a call", async () => {
  for (const shared of [true, false]) {
    const module = await compileModule(shared);
    const instance = new WebAssembly.Instance(module, { env: { memory: createMemory(shared) } });
    const kernels = instance.exports as unknown as Kernels;
    expect(kernels.sizeOfCall()).toBe(CALL_BYTES);
  }
});

test("the fields of a call have one order and these types on both sides", () => {
  const fields = [...bodyOf("call.ts", /class Call/).matchAll(/(\w+): (usize|u32|f64);/g)];
  const names = (types: readonly string[]) =>
    fields.filter(([, , type]) => types.includes(type)).map(([, name]) => name);
  expect(names(["usize", "u32"])).toEqual([...WORD_FIELDS]);
  expect(names(["f64"])).toEqual([...NUMBER_FIELDS]);
  expect(fields.map(([, name]) => name)).toEqual([...WORD_FIELDS, ...NUMBER_FIELDS]);
});

test("the phases have one order on both sides", () => {
  const names = bodyOf("index.ts", /const enum Phase/).match(/\w+/g) ?? [];
  const lowerFirst = (name: string) => name[0].toLowerCase() + name.slice(1);
  expect(names.map(lowerFirst)).toEqual([...PHASES]);
});
