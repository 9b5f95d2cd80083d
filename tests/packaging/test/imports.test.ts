import { join, sep } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { runNode } from "./node.ts";

const consumer = inject("consumer");

const esmNames = (name: string) =>
  runNode(
    consumer,
    "module",
    `console.log(JSON.stringify(Object.keys(await import("${name}")).sort()))`,
  );

const cjsNames = (name: string) =>
  runNode(
    consumer,
    "commonjs",
    `console.log(JSON.stringify(Object.keys(require("${name}")).sort()))`,
  );

/** Absolute paths of the files that an import makes Node load. */
function loadedByEsm(name: string): string[] {
  const script = `
    import { register } from "node:module";
    import { receiveMessageOnPort, MessageChannel } from "node:worker_threads";
    const { port1, port2 } = new MessageChannel();
    register("data:text/javascript," + encodeURIComponent(\`
      let port;
      export function initialize(data) { port = data.port; }
      export function load(url, context, next) { port.postMessage(url); return next(url, context); }
    \`), { data: { port: port2 }, transferList: [port2] });
    await import("${name}");
    const urls = [];
    for (let one; (one = receiveMessageOnPort(port1)); ) urls.push(one.message);
    port1.close();
    console.log(JSON.stringify(urls));`;
  return runNode(consumer, "module", script) as string[];
}

describe.each(inject("publicNames"))("%s, installed from its tarball", (name) => {
  test("has exports, the same by import and by require", () => {
    const names = esmNames(name);
    expect(names).not.toEqual([]);
    expect(cjsNames(name)).toEqual(names);
  });
});

describe("@batchnorm/core", () => {
  const home = join(consumer, "node_modules", "@batchnorm", "core") + sep;

  test("loads nothing but its own file by import", () => {
    expect(loadedByEsm("@batchnorm/core")).toEqual([`file://${home}dist/index.js`]);
  });

  test("loads nothing but its own file by require", () => {
    const script = `require("@batchnorm/core"); console.log(JSON.stringify(Object.keys(require.cache)))`;
    expect(runNode(consumer, "commonjs", script)).toEqual([`${home}dist/index.cjs`]);
  });
});
