// Loads each pair of libraries given as JSON arguments, and says what came of it.
import { describe, given, loadAddon, say } from "./child.mjs";

const addon = loadAddon();
for (const pair of given.map((text) => JSON.parse(text))) {
  try {
    const { driverVersion, cudnnVersion, cudnnCudaVersion, deviceCount } = addon.load(pair);
    say({ driverVersion, cudnnVersion, cudnnCudaVersion, deviceCount });
  } catch (error) {
    say({ error: describe(error) });
  }
}
