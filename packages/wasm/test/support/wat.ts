import createWabt from "wabt";

const FEATURES = { simd: true, threads: true, bulk_memory: true };

type Wabt = Awaited<ReturnType<typeof createWabt>>;

let loaded: Promise<Wabt> | undefined;

function loadWabt(): Promise<Wabt> {
  loaded ??= createWabt();
  return loaded;
}

/** The module as text: one instruction in each line, functions and labels with names. */
export async function disassemble(binary: Uint8Array): Promise<string> {
  const wabt = await loadWabt();
  const module = wabt.readWasm(binary, FEATURES);
  try {
    module.generateNames();
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

export async function assemble(text: string): Promise<WebAssembly.Module> {
  const wabt = await loadWabt();
  const module = wabt.parseWat("module.wat", text, FEATURES);
  try {
    return new WebAssembly.Module(Uint8Array.from(module.toBinary({}).buffer));
  } finally {
    module.destroy();
  }
}

/** A loop that holds no other loop. */
export interface InnerLoop {
  readonly id: number;
  /** Names of its instructions, such as `f32x4.mul`, in order. */
  readonly instructions: readonly string[];
}

interface OpenBlock {
  readonly loop: InnerLoop & { instructions: string[]; inner: boolean };
}

export interface Counted {
  readonly innerLoops: readonly InnerLoop[];
  /** The module with one more import, `env.iterate(id)`, called at each end of a loop's body. */
  readonly text: string;
}

/** Finds the inner loops of a disassembled module, and has their iterations counted. */
export function countIterations(text: string): Counted {
  const open: (OpenBlock | null)[] = [];
  const loops: OpenBlock["loop"][] = [];
  const byLabel = new Map<string, number>();
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const [, name, label] = /^\s+([a-z][\w.]*)(?: (\$\w+))?/.exec(line) ?? [];
    if (name === "end") open.pop();
    if (name !== undefined) for (const block of open) block?.loop.instructions.push(name);
    if (name === "func") byLabel.clear();
    if (name === "loop") {
      for (const block of open) if (block !== null) block.loop.inner = false;
      const loop = { id: loops.length, instructions: [], inner: true };
      byLabel.set(label, loop.id);
      loops.push(loop);
      open.push({ loop });
    } else if (name === "block" || name === "if") {
      open.push(null);
    }
    const target = name === "br" || name === "br_if" ? byLabel.get(label) : undefined;
    if (target !== undefined) lines.push(`i32.const ${target}`, "call $iterate");
    lines.push(line);
    if (line.includes('(import "env" "memory"')) {
      lines.push('(import "env" "iterate" (func $iterate (param i32)))');
    }
  }
  return { innerLoops: loops.filter(({ inner }) => inner), text: lines.join("\n") };
}

/** `f32x4.mul`, `v128.load`: what works on four lanes, constants aside. */
export function isSimd(instruction: string): boolean {
  return /^(v128|[if]\d+x\d+)\./.test(instruction) && instruction !== "v128.const";
}

export function countOf({ instructions }: InnerLoop, pattern: RegExp): number {
  return instructions.filter((instruction) => pattern.test(instruction)).length;
}
