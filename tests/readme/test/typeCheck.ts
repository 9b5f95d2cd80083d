import { join } from "node:path";
import ts from "typescript";
import type { Example } from "./markdown.ts";
import { root, sources } from "./workspace.ts";

const home = join(root, "tests/readme");

/** What the compiler says against each example, one sentence each. */
export function typeErrors(examples: readonly Example[]): Map<Example, string[]> {
  const files = new Map(examples.map((example, i) => [join(home, `example${i}.ts`), example]));
  const program = ts.createProgram([...files.keys()], compilerOptions(), hostWith(files));
  const errors = new Map<Example, string[]>();
  for (const [file, example] of files) {
    const source = program.getSourceFile(file);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    errors.set(
      example,
      found.map((one) => sentence(example, one)),
    );
  }
  return errors;
}

function compilerOptions(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(home, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, home);
  const paths = Object.fromEntries(Object.entries(sources).map(([name, file]) => [name, [file]]));
  // An example may declare what only its reader uses.
  return { ...options, paths, noUnusedLocals: false, noUnusedParameters: false };
}

/** The files on disk, and the examples as if they were files. */
function hostWith(files: ReadonlyMap<string, Example>): ts.CompilerHost {
  const host = ts.createCompilerHost({});
  const textOf = (file: string) => {
    const code = files.get(file)?.code;
    // Each is a module, with or without imports.
    return code === undefined ? undefined : `${code}export {};\n`;
  };
  return {
    ...host,
    fileExists: (file) => files.has(file) || host.fileExists(file),
    readFile: (file) => textOf(file) ?? host.readFile(file),
    getSourceFile(file, options, ...rest) {
      const text = textOf(file);
      if (text === undefined) return host.getSourceFile(file, options, ...rest);
      return ts.createSourceFile(file, text, options);
    },
  };
}

function sentence({ document, line }: Example, { file, start, messageText }: ts.Diagnostic) {
  const within = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
  const text = ts.flattenDiagnosticMessageText(messageText, "\n");
  return `${document}:${line + 1 + within}: ${text}`;
}
