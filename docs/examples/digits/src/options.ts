import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";

export interface Options {
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly backend: string;
  /** Absolute. */
  readonly out: string;
}

/** Beside src/ and dist/, wherever the command was started from. */
const DEFAULT_OUT = fileURLToPath(new URL("../out", import.meta.url));

/** @throws CommanderError for bad arguments and after printing the help; see its `exitCode` */
export function parseOptions(args: readonly string[]): Options {
  const command = new Command("digits")
    .description(
      "Trains a small network on the MNIST digits with and without batch normalization:\n" +
        "figure 1(a) of Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167",
    )
    .option(
      "--steps <n>",
      "training steps of 60 digits; the paper has 50000",
      positiveInteger,
      3000,
    )
    .option("--learning-rate <rate>", "the same for both networks", positiveNumber, 0.2)
    .option("--seed <n>", "of the initial weights and the order of the digits", seed, 1)
    .option("--backend <name>", 'what runs the batch normalization: "auto", "cpu", …', "auto")
    .option("--out <folder>", "where the chart and the layers go (default: out/ of this example)")
    .allowExcessArguments(false)
    .exitOverride();
  const { out, ...rest } = command.parse(args, { from: "user" }).opts();
  return { ...rest, out: out === undefined ? DEFAULT_OUT : fromCallersFolder(out) } as Options;
}

/** npm and pnpm start scripts in the package's folder; the caller's is in INIT_CWD. */
function fromCallersFolder(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

function positiveInteger(text: string): number {
  return checked(text, /^\d+$/, 1, Number.MAX_SAFE_INTEGER, "a whole number of at least 1");
}

function seed(text: string): number {
  return checked(text, /^\d+$/, 0, 2 ** 31 - 1, "a whole number from 0 to 2147483647");
}

function positiveNumber(text: string): number {
  const decimal = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  return checked(text, decimal, Number.MIN_VALUE, Number.MAX_VALUE, "a number greater than 0");
}

function checked(text: string, form: RegExp, min: number, max: number, expected: string): number {
  const value = Number(text);
  if (form.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}
