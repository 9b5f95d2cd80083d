import type { Digits } from "./digits.js";
import { type Evaluation, evaluate } from "./evaluate.js";
import { openHandler } from "./handler.js";
import type { Network } from "./network.js";
import { percent } from "./report.js";
import { restoreNormalizations } from "./savedLayers.js";

export interface Verdict {
  readonly isSame: boolean;
  /** One sentence for people. */
  readonly summary: string;
}

/** Do the saved layers, on a second handler, give what the trained ones gave? */
export async function checkRestored(
  paths: readonly string[],
  trained: { readonly network: Network; readonly final: Evaluation },
  digits: Digits,
  backend: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const handler = await openHandler(backend);
  try {
    const restoredNetwork = await restoreNormalizations(paths, trained.network, handler);
    const restored = await evaluate(restoredNetwork, digits, signal);
    const sameBits = haveSameBits(trained.final, restored);
    // A backend that declares itself deterministic is held to it.
    const sameScores = sameBits || !handler.capabilities.deterministic;
    const isSame = sameScores && restored.accuracy === trained.final.accuracy;
    const accuracies = `${percent(restored.accuracy)} now, ${percent(trained.final.accuracy)} before`;
    const summary =
      `${isSame ? "Restored" : "FAILED: restored"} the layers on a second handler: ${accuracies}; ` +
      `scores ${sameBits ? "equal to the last bit" : "not equal bit by bit"}.`;
    return { isSame, summary };
  } finally {
    handler.dispose();
  }
}

function haveSameBits(a: Evaluation, b: Evaluation): boolean {
  const bytes = ({ scores }: Evaluation) =>
    scores.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return Buffer.concat(bytes(a)).equals(Buffer.concat(bytes(b)));
}
