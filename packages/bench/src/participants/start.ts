import { Child } from "../protocol/child.ts";
import type { Description } from "../protocol/messages.ts";
import type { ParticipantPlan, Role } from "./participant.ts";

export interface Running {
  readonly name: string;
  readonly role: Role;
  readonly child: Child;
  readonly description: Description;
}

export interface Absent {
  readonly name: string;
  readonly role: Role;
  readonly absent: string;
  /** What to type to get it. */
  readonly install: string;
}

/** Starts a participant and asks it to describe itself, which is where most that can fail fails. */
export async function start(plan: ParticipantPlan): Promise<Running | Absent> {
  const { name, role } = plan;
  const prepared = plan.prepare();
  if ("absent" in prepared) return { name, role, ...prepared };
  const child = new Child(prepared);
  try {
    return { name, role, child, description: await child.request({ do: "describe" }) };
  } catch (error) {
    child.close();
    // The first line: Node adds where a module was required from.
    const absent = (error as Error).message.split("\n", 1)[0];
    return { name, role, absent, install: INSTALL[role] };
  }
}

const INSTALL: Readonly<Record<Role, string>> = {
  backend: "pnpm install, then pnpm build",
  peer: "see packages/bench/README.md",
  copy: "see packages/bench/README.md",
};
