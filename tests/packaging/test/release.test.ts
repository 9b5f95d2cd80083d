import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { environment, execute, root } from "../../../tooling/environment.mjs";
import { publicPackages } from "../../../tooling/packages.mjs";

/** A release is rehearsed in a copy of the repository, as it would be cut from the work tree. */
const copy = mkdtempSync(join(tmpdir(), "batchnorm-release-"));
const names = [...inject("publicNames")].sort();

const env = environment();

function run(command: string, args: readonly string[], cwd = copy): string {
  const done = execute(command, args, { cwd, env });
  const output = `${done.stdout}${done.stderr}`;
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}\n${output}`);
  return output;
}

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Packages that hold a built addon; they have no JavaScript, so no other test here is for them. */
const platforms = readdirSync(join(root, "packages/cudnn/platforms")).map(
  (platform) => `@batchnorm/cudnn-${platform}`,
);

function versions(): Record<string, string> {
  const homes = ["packages", "packages/cudnn/platforms"].map((home) => join(copy, home));
  const folders = homes.flatMap((home) => readdirSync(home).map((one) => join(home, one)));
  return Object.fromEntries(folders.map(manifestOf).map((one) => [one.name, one.version]));
}

beforeAll(() => {
  const listed = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root);
  for (const file of listed.split("\0")) {
    if (file && existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  }
  for (const { directory } of publicPackages()) {
    cpSync(join(directory, "dist"), join(copy, directory.slice(root.length), "dist"), {
      recursive: true,
    });
  }
  const author = ["-c", "user.name=release", "-c", "user.email=release@example.org"];
  run("git", ["init", "--quiet", "--initial-branch=main"]);
  run("git", ["add", "--all"]);
  run("git", [...author, "commit", "--quiet", "--no-verify", "--message=rehearsal"]);
  run("pnpm", ["install", "--prefer-offline", "--frozen-lockfile", "--ignore-scripts"]);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test("changeset version raises every public package and writes its changelog", () => {
  const before = versions();
  // Between releases there may be no changeset; the rehearsal then brings its own.
  run("node", ["-e", rehearsalChangeset]);
  run(join("node_modules", ".bin", "changeset"), ["version"]);
  const after = versions();
  const all = [...names, ...platforms];
  expect(all.filter((name) => after[name] === before[name])).toEqual([]);
  for (const { directory } of publicPackages()) {
    expect(existsSync(join(copy, directory.slice(root.length), "CHANGELOG.md"))).toBe(true);
  }
});

test("publishing offers every public package, at its new version, and no private one", () => {
  // Scripts would refuse a platform without its addon, which a rehearsal need not build.
  const options = ["--recursive", "--dry-run", "--no-git-checks", "--ignore-scripts"];
  const output = run("pnpm", ["publish", ...options]);
  const offered = [...output.matchAll(/^\+ (\S+)$/gm)].map(([, one]) => one).sort();
  const raised = versions();
  const all = [...names, ...platforms];
  expect(offered).toEqual(all.map((name) => `${name}@${raised[name]}`).sort());
});

const rehearsalChangeset = `
  const lines = ${JSON.stringify(names)}.map((name) => JSON.stringify(name) + ": patch");
  const text = ["---", ...lines, "---", "", "Rehearsal.", ""].join("\\n");
  require("node:fs").writeFileSync(".changeset/rehearsal.md", text);`;
