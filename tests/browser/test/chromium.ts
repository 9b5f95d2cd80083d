import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const executablePath = EXECUTABLES.find((path) => existsSync(path));

/** Why there is no browser to test with, or null. Where peers are required that is for the tests to find out. */
export const whyNoBrowser: string | null =
  executablePath === undefined && process.env.BATCHNORM_REQUIRE_PEERS !== "1"
    ? "no Chromium here (apt-get install chromium)"
    : null;

/** Headless, in a fresh profile, and silent on the network. */
export function launch(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error(`no Chromium at ${EXECUTABLES.join(", ")}: apt-get install chromium`);
  }
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
