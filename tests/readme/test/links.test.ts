import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { linkedFiles } from "./markdown.ts";
import { documents, markdownUnder, readDocument, root } from "./workspace.ts";

test.each(documents)("%s links only to files that exist", (document) => {
  const folder = join(root, dirname(document));
  const broken = linkedFiles(readDocument(document)).filter((to) => !existsSync(join(folder, to)));
  expect(broken).toEqual([]);
});

test("the index of decisions links to every decision, and each says what it must", () => {
  const index = "docs/decisions/README.md";
  const decisions = markdownUnder("docs/decisions").filter((one) => one !== index);
  expect(decisions).not.toEqual([]);
  const linked = linkedFiles(readDocument(index)).map((file) => `docs/decisions/${file}`);
  expect(linked.filter((file) => decisions.includes(file)).sort()).toEqual(decisions.sort());
  for (const decision of decisions) {
    const sections = ["Context", "Decision", "Consequences", "Alternatives"];
    const text = readDocument(decision);
    expect(
      sections.filter((one) => !text.includes(`\n## ${one}\n`)),
      decision,
    ).toEqual([]);
    expect(text, decision).toMatch(/\n\d{4}-\d\d-\d\d\. (Accepted|Superseded)/);
  }
});
