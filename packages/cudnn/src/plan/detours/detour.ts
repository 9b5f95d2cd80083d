import type { NativePlan } from "../../native/addon.js";
import { SLOT } from "../../native/callRecord.js";
import type { PlanHost } from "../planHost.js";
import type { Route, Stop } from "./stop.js";

/** How arguments are moved. */
export interface Mover {
  /** Its parameter descriptor is the user's memory, its tensor descriptor the scratch memory. */
  readonly plan: NativePlan;
  /** Step that fills the tensor (y) from the parameter (z). */
  readonly enter: number;
  /** Step that does the opposite; null where nothing leaves. */
  readonly leave: number | null;
  /** Of one moved argument. */
  readonly byteLength: number;
}

/**
 * A plan that works on scratch memory in place of some arguments: they are moved there before and back
 * afterwards. Nothing of the user's is written before cuDNN has taken the call.
 */
export class Detour implements NativePlan {
  readonly trainingWorkspace: number;
  readonly backwardWorkspace: number;
  readonly reserve: number;
  readonly #inner: NativePlan;
  readonly #mover: Mover;
  readonly #route: Route;
  readonly #host: PlanHost;
  /** The call record as it came. */
  readonly #given: Float64Array;

  constructor(inner: NativePlan, mover: Mover, route: Route, host: PlanHost) {
    this.#inner = inner;
    this.#mover = mover;
    this.#route = route;
    this.#host = host;
    this.#given = new Float64Array(host.native.call.length);
    this.trainingWorkspace = inner.trainingWorkspace;
    this.backwardWorkspace = inner.backwardWorkspace;
    this.reserve = inner.reserve;
  }

  run(step: number): void {
    const stops = this.#route.get(step);
    if (stops === undefined) {
      this.#inner.run(step);
      return;
    }
    const slots = this.#host.native.call;
    this.#given.set(slots);
    for (const stop of stops) this.#enter(stop);
    slots.set(this.#given);
    for (const stop of stops) {
      if (this.#given[stop.slot] !== 0) slots[stop.slot] = this.#placeOf(stop).address;
    }
    this.#inner.run(step);
    for (const stop of stops) this.#leave(stop);
    slots.set(this.#given);
  }

  dispose(): void {
    this.#inner.dispose();
    this.#mover.plan.dispose();
  }

  #enter(stop: Stop): void {
    const { plan, enter } = this.#mover;
    if (this.#given[stop.slot] === 0) return;
    // Taken also where nothing enters: without memory no step has run that writes to the user's.
    this.#placeOf(stop);
    if (stop.enters === "never" || (stop.enters === "blended" && !this.#isBlended(stop))) return;
    this.#point(stop);
    plan.run(enter);
  }

  #leave(stop: Stop): void {
    const { plan, leave } = this.#mover;
    if (!stop.leaves || leave === null || this.#given[stop.slot] === 0) return;
    this.#point(stop);
    plan.run(leave);
  }

  /** The arguments of a move. */
  #point(stop: Stop): void {
    const slots = this.#host.native.call;
    slots[SLOT.z] = this.#given[stop.slot];
    slots[SLOT.y] = this.#placeOf(stop).address;
  }

  #placeOf(stop: Stop) {
    const { place, placeUnblended = place } = stop;
    const at = this.#isBlended(stop) ? place : placeUnblended;
    return this.#host.places[at].memory(this.#mover.byteLength);
  }

  #isBlended({ blend }: Stop): boolean {
    return blend !== undefined && this.#given[blend] !== 0;
  }
}
