import type { Need } from "../../case.js";
import type { Sabotage } from "../sabotage.js";

/** One way to be wrong, and the cases that must say so. */
export interface Broken {
  /** What the backend does. */
  readonly name: string;
  /** Names of cases, each of which must fail. */
  readonly caughtBy: readonly string[];
  /** Where the good backend cannot be broken in this way. */
  readonly skip?: Need;
  /** One for each device. */
  readonly create: () => Sabotage;
}
