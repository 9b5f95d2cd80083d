import { InvalidArgumentError } from "commander";
import { parseShape, type Shape } from "../cases/shape.ts";

/** A parser of comma-separated words out of `known`; `all` and `none` mean what they say. */
export function listOf<T extends string>(known: readonly T[]): (text: string) => readonly T[] {
  return (text) => {
    if (text === "all") return known;
    if (text === "none") return [];
    return words(text).map((word) => {
      const found = known.find((one) => one.toLowerCase() === word.toLowerCase());
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`"${word}" is none of ${known.join(", ")}.`);
    });
  };
}

export function shapes(text: string): readonly Shape[] {
  return words(text).map((word) => {
    const shape = parseShape(word);
    if (shape !== null) return shape;
    throw new InvalidArgumentError(`"${word}" is no shape such as 32x64x56x56 or 256x1024.`);
  });
}

export function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no whole number from 1 to 999999.`);
}

function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
