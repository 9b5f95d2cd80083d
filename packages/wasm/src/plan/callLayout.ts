/** Fields of `Call` in assembly/call.ts, in order: 32-bit words, then float64 numbers. */
export const WORD_FIELDS = [
  "x",
  "y",
  "z",
  "dy",
  "dx",
  "dz",
  "scale",
  "bias",
  "dScale",
  "dBias",
  "runningMean",
  "runningVariance",
  "savedMean",
  "savedLow",
  "savedInvStd",
  "partials",
  "accumulators",
  "mean",
  "low",
  "factor",
  "slope",
  "offset",
  "outer",
  "columns",
  "inner",
  "chunkSize",
  "chunks",
  "groupColumns",
  "permute",
  "streaming",
  "relu",
  "biased",
] as const;

export const NUMBER_FIELDS = [
  "epsilon",
  "averagingFactor",
  "alpha",
  "beta",
  "alphaParam",
  "betaParam",
] as const;

type Word = (typeof WORD_FIELDS)[number];
type Numeric = (typeof NUMBER_FIELDS)[number];

const WORDS_BYTES = Math.ceil(WORD_FIELDS.length / 2) * 8;

/** Size of a call in bytes; a test holds the module to it. */
export const CALL_BYTES = WORDS_BYTES + 8 * NUMBER_FIELDS.length;

const WORD_INDEX = indexOf(WORD_FIELDS);
const NUMBER_INDEX = indexOf(NUMBER_FIELDS);

/** Writes the fields of the call at one address. */
export class CallWriter {
  readonly address: number;
  readonly #memory: WebAssembly.Memory;
  #words: Uint32Array;
  #numbers: Float64Array;

  constructor(memory: WebAssembly.Memory, address: number) {
    this.#memory = memory;
    this.address = address;
    this.#words = new Uint32Array(0);
    this.#numbers = new Float64Array(0);
    this.refresh();
  }

  /** To be called before writing: the memory may have grown. */
  refresh(): void {
    const { buffer } = this.#memory;
    if (this.#words.buffer === buffer) return;
    this.#words = new Uint32Array(buffer, this.address, WORD_FIELDS.length);
    this.#numbers = new Float64Array(buffer, this.address + WORDS_BYTES, NUMBER_FIELDS.length);
  }

  word(field: Word, value: number): void {
    this.#words[WORD_INDEX[field]] = value;
  }

  number(field: Numeric, value: number): void {
    this.#numbers[NUMBER_INDEX[field]] = value;
  }
}

function indexOf<F extends string>(fields: readonly F[]): Readonly<Record<F, number>> {
  return Object.fromEntries(fields.map((field, index) => [field, index])) as Record<F, number>;
}
