import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { runNode } from "./node.ts";

/** An installation of `batchnorm` and what it needs, in which `@batchnorm/cudnn` is what a test says. */
const home = realpathSync(mkdtempSync(join(tmpdir(), "batchnorm-optional-")));
const cudnn = join(home, "node_modules", "@batchnorm", "cudnn");

for (const name of ["batchnorm", "@batchnorm/core", "@batchnorm/cpu", "@batchnorm/wasm"]) {
  const path = join("node_modules", name);
  cpSync(join(inject("consumer"), path), join(home, path), { recursive: true });
}

beforeEach(() => rmSync(cudnn, { recursive: true, force: true }));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Installs a package of that name with this one file. */
function install(source: string): void {
  mkdirSync(cudnn, { recursive: true });
  const manifest = { name: "@batchnorm/cudnn", type: "module", exports: "./index.js" };
  writeFileSync(join(cudnn, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(cudnn, "index.js"), source);
}

const backend = (members: string) => `export const cudnn = () => ({
  specificationVersion: 1,
  name: "cudnn",
  probe: async () => ({ available: true, found: "a card" }),
  openDevice: async () => { throw new Error("not reached"); },
  ${members}
});`;

const NEXT = "npm install @batchnorm/cudnn";
const [LOAD, PROBE, OPEN] = ["load its package", "probe the machine", "open the device"];
const refusal = (found: unknown, tried: string[], next = NEXT) => ({ found, tried, next });

const STATES: [string, string | null, object][] = [
  ["absent", null, refusal(expect.stringMatching(/^Cannot find \w+ '@batchnorm\/cudnn'/), [LOAD])],
  [
    "broken: its import throws",
    'throw new Error("batchnorm_cudnn.node: wrong ELF class\\nat somewhere");',
    refusal("batchnorm_cudnn.node: wrong ELF class", [LOAD]),
  ],
  [
    "broken: it cannot be parsed",
    "export const cudnn = (;",
    refusal(expect.stringMatching(/./), [LOAD]),
  ],
  [
    "broken: it exports nothing of that name",
    "export const other = 1;",
    refusal(expect.stringContaining("is not a function"), [LOAD]),
  ],
  [
    "of another contract",
    backend("specificationVersion: 2,"),
    refusal(expect.stringContaining("expected 1, received 2"), [LOAD]),
  ],
  [
    "unusable: no driver",
    backend(
      'probe: async () => ({ available: false, tried: ["open libcuda.so.1"], found: "no driver", next: "install one" }),',
    ),
    refusal("no driver", ["open libcuda.so.1"], "install one"),
  ],
  [
    "broken: its probe rejects",
    backend('probe: () => Promise.reject(new Error("the child died of SIGSEGV")),'),
    refusal("the child died of SIGSEGV", [LOAD, PROBE]),
  ],
  [
    "broken: its probe throws what is no error",
    backend('probe() { throw "out of order"; },'),
    refusal("out of order", [LOAD, PROBE]),
  ],
  [
    "broken: its probe gives nothing",
    backend("probe: async () => undefined,"),
    refusal(expect.stringContaining("undefined"), [LOAD, PROBE]),
  ],
  [
    "unusable: its device does not open",
    backend('openDevice: async () => { throw new Error("cuInit: 999"); },'),
    refusal("cuInit: 999", [LOAD, PROBE, OPEN]),
  ],
];

const SCRIPTS = [
  ["module", 'const { createHandler } = await import("batchnorm");'],
  ["commonjs", 'const { createHandler } = require("batchnorm");'],
] as const;

describe.each(SCRIPTS)("auto by %s goes on with wasm where @batchnorm/cudnn is", (type, load) => {
  test.each(STATES)("%s, and says why", (_, source, refused) => {
    if (source !== null) install(source);
    const script = `(async () => {
      ${load}
      const handler = await createHandler();
      console.log(JSON.stringify(handler.selection));
      handler.dispose();
    })()`;
    expect(runNode(home, type, script)).toEqual({
      requested: "auto",
      chosen: "wasm",
      refused: [{ backend: "cudnn", ...refused }],
    });
  });
});
