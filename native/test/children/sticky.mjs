// Work that fails while it runs and takes the context with it: the n-th copy, fill or kernel of a walk.
// Arguments: which part of all n, of how many parts, further orders.
import { given, libraries, loadAddon, say, standIn } from "./child.mjs";
import { walk } from "./scenario.mjs";

const [part, parts] = given.slice(0, 2).map(Number);
const orders = given[2] ?? "";
const addon = loadAddon();

standIn.order();
const before = standIn.counts().work ?? 0;
await walk(addon, libraries);
const items = standIn.counts().work - before;
say({ items });

for (let item = part; item <= items; item += parts) {
  say({ failing: item });
  standIn.order(`work:${item}=700 ${orders}`);
  const errors = await walk(addon, libraries);
  const after = { alive: standIn.alive(), misuse: standIn.counts().misuse };
  standIn.order();
  say({ item, errors, ...after, later: await walk(addon, libraries, { largeBytes: 4 }) });
}
