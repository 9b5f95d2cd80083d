// Before the tests: the addon and the stand-in libraries, built where they are missing or old.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildStandIn } from "../standin/index.mjs";
import { addonFile, nativeFolder } from "./places.ts";

export function setup() {
  if (!isFresh()) build();
  buildStandIn();
}

function isFresh() {
  if (!existsSync(addonFile)) return false;
  const made = statSync(addonFile).mtimeMs;
  const sources = readdirSync(join(nativeFolder, "src"), { recursive: true, encoding: "utf8" });
  return sources.every((file) => statSync(join(nativeFolder, "src", file)).mtimeMs <= made);
}

function build() {
  const done = spawnSync(process.execPath, [join(nativeFolder, "scripts/build.mjs")], {
    encoding: "utf8",
  });
  if (done.status !== 0)
    throw new Error(`the addon did not compile:\n${done.stdout}${done.stderr}`);
}
