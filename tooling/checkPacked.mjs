// publint and "are the types wrong" on the tarballs, so that what is checked is what is published.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, root } from "./environment.mjs";
import { packAll } from "./packages.mjs";

const folder = mkdtempSync(join(tmpdir(), "batchnorm-packed-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

for (const [name, tarball] of packAll(folder)) {
  check(name, "publint", ["run", tarball, "--strict"]);
  check(name, "attw", [tarball]);
}

function check(name, tool, args) {
  const bin = join(root, "node_modules/.bin", tool);
  if (execute(bin, args, { stdio: "inherit" }).status === 0) return;
  console.error(`${tool} finds fault with ${name}`);
  process.exitCode = 1;
}
