/** A fenced piece of a document. */
interface Fence {
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** The last line before it that is not blank. */
  readonly before: string;
  /** Nothing but blank lines between it and the fence before. */
  readonly adjoins: boolean;
}

/** An example in TypeScript. */
export interface Example {
  readonly document: string;
  readonly line: number;
  readonly code: string;
  /** What it prints, as the document says; null where it says nothing. */
  readonly output: string | null;
  /** Why it is not run, as the document says; null where it is. */
  readonly notRun: string | null;
}

const NOT_RUN = /^<!-- not run: (.*\S) -->$/;
/** Spellings that would slip past the check. */
const OTHER_SPELLINGS = ["typescript", "tsx", "mts", "js", "javascript", "mjs", "jsx"];

export function examplesOf(document: string, text: string): Example[] {
  const fences = fencesOf(text);
  return fences.flatMap((fence, index) => {
    if (OTHER_SPELLINGS.includes(fence.language)) {
      throw new Error(`${document}:${fence.line}: write \`\`\`ts, so that the code is checked`);
    }
    if (fence.language !== "ts") return [];
    const next = fences[index + 1];
    const output = next?.adjoins && next.language === "text" ? next.text : null;
    const notRun = NOT_RUN.exec(fence.before)?.[1] ?? null;
    return [{ document, line: fence.line, code: fence.text, output, notRun }];
  });
}

export function fencesOf(text: string): Fence[] {
  const lines = text.split("\n");
  const fences: Fence[] = [];
  let end = -1;
  for (let at = 0; at < lines.length; at++) {
    const opening = /^\s*(```+)(\S*)/.exec(lines[at]);
    if (opening === null) continue;
    const close = lines.findIndex((line, i) => i > at && line.trim() === opening[1]);
    if (close < 0) throw new Error(`the fence at line ${at + 1} is never closed`);
    const gap = lines.slice(end + 1, at).filter((line) => line.trim() !== "");
    fences.push({
      language: opening[2],
      text: `${lines.slice(at + 1, close).join("\n")}\n`,
      line: at + 1,
      before: gap.at(-1)?.trim() ?? "",
      adjoins: fences.length > 0 && gap.length === 0,
    });
    end = close;
    at = close;
  }
  return fences;
}

/** Headings of one level, in order. */
export function headingsOf(text: string, level: number): string[] {
  const mark = `${"#".repeat(level)} `;
  return text
    .split("\n")
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length).trim());
}

/** What follows a heading, up to the next of the same level. */
export function sectionOf(text: string, level: number, heading: string): string {
  const mark = `\n${"#".repeat(level)} `;
  const [, ...sections] = `\n${text}`.split(mark);
  return sections.find((section) => section.split("\n", 1)[0].trim() === heading) ?? "";
}

/** Targets of links to files, without their anchors. */
export function linkedFiles(text: string): string[] {
  const prose = text.replaceAll(/^\s*(```+)[\s\S]*?^\s*\1\s*$/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target.split("#")[0])
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
