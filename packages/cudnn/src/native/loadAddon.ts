import { createRequire } from "node:module";
import { BatchNormError } from "@batchnorm/core";
import type { Addon } from "./addon.js";
import { CALL_FIELDS, STEP_NAMES } from "./callRecord.js";

/**
 * Loads the addon's file, and refuses one of another version: numbers written into a record laid out
 * otherwise would be addresses of something else.
 * @throws BatchNormError `BACKEND_UNAVAILABLE`
 */
export function loadAddon(path: string): Addon {
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (cause) {
    throw unavailable(`${path} cannot be loaded: ${messageOf(cause)}`, cause);
  }
  checkNames(path, "call fields", addon.callFields, CALL_FIELDS);
  checkNames(path, "steps", addon.stepNames, STEP_NAMES);
  return addon;
}

function checkNames(
  path: string,
  what: string,
  received: readonly string[] | undefined,
  expected: readonly string[],
): void {
  if (received?.join() === expected.join()) return;
  throw unavailable(`${path} is of another version of this package: its ${what} are ${received}`);
}

function unavailable(found: string, cause?: unknown): BatchNormError {
  const next = "install the same version of @batchnorm/cudnn and of its platform package";
  return new BatchNormError("BACKEND_UNAVAILABLE", `cudnn: ${found}; next: ${next}`, {
    details: { found, next },
    cause,
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
