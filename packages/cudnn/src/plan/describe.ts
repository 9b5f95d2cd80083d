import type { Choice } from "./choice.js";
import type { Operation, Rule } from "./rules.js";
import { isExtended, wordsFor } from "./way.js";

interface Chosen {
  readonly rule: Rule;
  readonly choice: Choice;
}

/** In words: what runs for each operation, why, and what it costs where that is much. */
export function describePlan(chosen: Readonly<Record<Operation, Chosen>>): string {
  const { training, backward, inference } = chosen;
  const fuses = isExtended(training.choice.way);
  const where = fuses ? "in the same call where that can be" : "in calls of their own";
  return [
    `cudnn: training: ${wayOf(training)}`,
    `backward: ${backward.rule === training.rule ? sameOr(backward, training) : wayOf(backward)}`,
    `inference: ${wayOf(inference)}`,
    `ReLU and residual: ${where}`,
  ].join(". ");
}

function sameOr(one: Chosen, other: Chosen): string {
  return one.choice.way === other.choice.way ? "likewise" : wayOf(one);
}

function wayOf({ rule: { ways, why, cost }, choice: { way } }: Chosen): string {
  const reason =
    way === ways[0] ? why : `cuDNN did not take the first choice, ${wordsFor(ways[0])}`;
  const price = cost === undefined || way !== ways[0] ? "" : `; cost: ${cost}`;
  return `${wordsFor(way)} (${reason}${price})`;
}
