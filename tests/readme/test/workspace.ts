import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { publicPackages } from "../../../tooling/packages.mjs";

export const root = resolve(import.meta.dirname, "../../..");

/** The source that each public package's name stands for: what examples import. */
export const sources: Readonly<Record<string, string>> = Object.fromEntries(
  publicPackages().map(({ directory, manifest }) => {
    const source = manifest.exports["."]["@batchnorm/source"];
    return [manifest.name, join(directory, source.default ?? source)];
  }),
);

/** Documents whose readers expect an example that works. */
export const readmes: readonly string[] = [
  "README.md",
  ...publicPackages().map(({ directory }) => relative(root, join(directory, "README.md"))),
];

/** Every document with code in it, relative to the root. */
export const documents: readonly string[] = [
  ...new Set([...readmes, "CONTRIBUTING.md", ...readmesOfPackages(), ...markdownUnder("docs")]),
];

export function readDocument(document: string): string {
  return readFileSync(join(root, document), "utf8");
}

export function markdownUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : markdownUnder(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** Private packages have one too. */
function readmesOfPackages(): string[] {
  return readdirSync(join(root, "packages"))
    .filter((folder) => readdirSync(join(root, "packages", folder)).includes("README.md"))
    .map((folder) => `packages/${folder}/README.md`);
}
