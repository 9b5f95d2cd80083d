import type { ChildCommand } from "../protocol/child.ts";

/** `backend`: this project's; `peer`: what a user could pick instead; `copy`: what memory allows. */
export type Role = "backend" | "peer" | "copy";

/** How to start a participant, or why it is not here and what to type to get it. */
export type Preparation = ChildCommand | { readonly absent: string; readonly install: string };

export interface ParticipantPlan {
  readonly name: string;
  readonly role: Role;
  prepare(): Preparation;
}
