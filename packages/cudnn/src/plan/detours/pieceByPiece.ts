import type { NativePlan } from "../../native/addon.js";
import { SLOT, STEP } from "../../native/callRecord.js";

/** cuDNN refuses spatial inference of more items. */
const MOST_ITEMS = 65_535;

/** Inference of many items, one piece after the other: each value depends on itself alone. */
export class PieceByPiece implements NativePlan {
  readonly trainingWorkspace = 0;
  readonly backwardWorkspace = 0;
  readonly reserve = 0;
  readonly #slots: Float64Array;
  /** For steps that take any number of items. */
  readonly #entire: NativePlan;
  /** In order, with the bytes in front of each. */
  readonly #pieces: readonly { readonly plan: NativePlan; readonly offset: number }[];

  /** `make` makes the plan of so many items; `itemBytes` lie from one item to the next. */
  constructor(
    slots: Float64Array,
    items: number,
    itemBytes: number,
    make: (items: number) => NativePlan,
  ) {
    const wholes = Math.floor(items / MOST_ITEMS);
    const rest = items % MOST_ITEMS;
    this.#slots = slots;
    this.#entire = make(items);
    const whole = wholes === 0 ? null : make(MOST_ITEMS);
    const plans = whole === null ? [] : new Array<NativePlan>(wholes).fill(whole);
    if (rest > 0) plans.push(make(rest));
    this.#pieces = plans.map((plan, i) => ({ plan, offset: i * MOST_ITEMS * itemBytes }));
  }

  run(step: number): void {
    if (step !== STEP.forwardInference) {
      this.#entire.run(step);
      return;
    }
    const slots = this.#slots;
    const x = slots[SLOT.x];
    const y = slots[SLOT.y];
    for (const { plan, offset } of this.#pieces) {
      slots[SLOT.x] = x + offset;
      slots[SLOT.y] = y + offset;
      plan.run(step);
    }
    slots[SLOT.x] = x;
    slots[SLOT.y] = y;
  }

  dispose(): void {
    for (const plan of new Set(this.#pieces.map(({ plan }) => plan))) plan.dispose();
    this.#entire.dispose();
  }
}
