// Makes one function fail at each of its first calls in a walk, and says what came of it.
// Arguments: function, status, further orders.
import { given, libraries, loadAddon, say, standIn } from "./child.mjs";
import { roundTrip, walk } from "./scenario.mjs";

const [name, status, orders] = given;
const addon = loadAddon();

standIn.order(orders);
const callsOf = () => standIn.calls()[name] ?? 0;
let beforeDispose = 0;
await walk(addon, libraries, {
  beforeDispose: () => {
    beforeDispose = callsOf();
  },
});
const calls = callsOf();
say({ calls, beforeDispose });

const inTurn = calls <= 5 ? calls : 4;
for (let call = 1; call <= inTurn; call++) await failAt(call);
if (calls > inTurn) await failAt(calls);

async function failAt(call) {
  say({ failing: call });
  standIn.order(`${orders} fail:${name}:${call}=${status}`);
  const errors = await walk(addon, libraries, {
    afterErrors: async (device) => {
      standIn.order();
      await roundTrip(device);
    },
  });
  const { misuse, pageable } = standIn.counts();
  const after = { alive: standIn.alive(), misuse, pageable };
  standIn.order();
  say({ call, errors, ...after, later: await walk(addon, libraries, { largeBytes: 4 }) });
}
