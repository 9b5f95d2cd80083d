import { DATA_TYPES, type DataType, type TensorFormat } from "batchnorm";
import { Command, CommanderError } from "commander";
import type { Shape } from "../cases/shape.ts";
import { OPERATIONS, type Operation } from "../operations.ts";
import { PEERS, type PeerName } from "../participants/peers.ts";
import { UsageError } from "../usageError.ts";
import { type BackendSpec, parseBackends } from "./backendSpec.ts";
import { listOf, positiveInteger, shapes } from "./parsers.ts";

export interface BenchOptions {
  /** null: the standard ones. */
  readonly shapes: readonly Shape[] | null;
  readonly layouts: readonly TensorFormat[];
  readonly ops: readonly Operation[];
  readonly types: readonly DataType[];
  readonly backends: readonly BackendSpec[];
  readonly peers: readonly PeerName[];
  readonly threads: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly overhead: boolean;
  readonly save: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
  readonly writeReadme: boolean;
}

const LAYOUTS: readonly TensorFormat[] = ["NCHW", "NHWC"];
const ROUNDS = 15;
const QUICK_ROUNDS = 3;

/**
 * The options, or null when only help was asked for (and printed).
 * @throws UsageError
 */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const command = describeCommand();
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new UsageError(error.message.replace(/^error: /, ""));
  }
  const given = command.opts<Given>();
  const quick = given.quick ?? false;
  return {
    ...given,
    shapes: given.shapes ?? null,
    backends: given.backends ?? parseBackends(`wasm:${given.threads},cpu`),
    types: given.types ?? (quick ? ["float32"] : DATA_TYPES),
    rounds: given.rounds ?? (quick ? QUICK_ROUNDS : ROUNDS),
    quick,
    save: given.save ?? false,
    json: given.json ?? false,
    markdown: given.markdown ?? false,
    writeReadme: given.writeReadme ?? false,
  };
}

type Defaulted = "layouts" | "ops" | "peers" | "threads" | "overhead";
type Given = Pick<BenchOptions, Defaulted> & Partial<Omit<BenchOptions, Defaulted>>;

function describeCommand(): Command {
  return (
    new Command("bench")
      .description("Measures this project's backends beside the peers installed on this machine.")
      .option("--shapes <list>", "logical N,C,spatial dims: 32x64x56x56,256x1024", shapes)
      .option("--layouts <list>", LAYOUTS.join(", "), listOf(LAYOUTS), LAYOUTS)
      .option("--ops <list>", OPERATIONS.join(", "), listOf(OPERATIONS), OPERATIONS)
      .option("--types <list>", `${DATA_TYPES.join(", ")}; peers have float32`, listOf(DATA_TYPES))
      .option(
        "--backends <list>",
        "wasm, cpu, cudnn; with threads: wasm:2 (wasm:<threads>,cpu)",
        parseBackends,
      )
      .option("--peers <list>", `${PEERS.join(", ")}, all or none`, listOf(PEERS), PEERS)
      .option("--threads <n>", "threads of peers and copies", positiveInteger, 2)
      .option("--rounds <n>", `samples of each timing (${ROUNDS})`, positiveInteger)
      .option("--quick", "two small shapes, few and short rounds: shows that it works")
      .option("--no-overhead", "leave out the cost of a call on 8 values")
      .option("--save", "keep the result in results/, which git tracks")
      .option("--json", "print JSON instead of the table")
      .option("--markdown", "print the table as Markdown")
      .option("--write-readme", "put the table into README.md")
      .allowExcessArguments(false)
      .exitOverride()
      // The message is printed once, by whoever catches the UsageError.
      .configureOutput({ writeErr: () => {} })
  );
}
