// What tests use of the stand-in: building it, ordering failures, reading its counters.
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export { buildStandIn, compileStandIn, paths } from "./build.mjs";

// The layout of control/page.h.
const layout = {
  orders: 8,
  ordersBytes: 4088,
  misuse: 4096,
  rows: 4608,
  rowBytes: 80,
  nameBytes: 72,
};
const rowCount = 248;
const size = layout.rows + rowCount * layout.rowBytes;

const happenings = ["misuse", "pageable", "withoutWorkspace", "work", "memoryBytes"];

/** The control page of one process: the file it maps, named in its environment. */
export class StandIn {
  #file;
  #generation = 0n;
  #owned = false;

  constructor(path) {
    if (path === undefined) {
      this.path = newPagePath();
      this.#owned = true;
      writeFileSync(this.path, "");
      truncateSync(this.path, size);
    } else {
      this.path = path;
    }
    this.#file = openSync(this.path, "r+");
    this.#generation = this.#read(0, 8).readBigInt64LE();
  }

  /** For the environment of the process that loads the stand-in. */
  get environment() {
    return { BATCHNORM_STANDIN_PAGE: this.path };
  }

  /** Gives orders (control/orders.h lists the words) in place of those before; counts of calls begin anew. */
  order(words = "") {
    const text = Buffer.alloc(layout.ordersBytes);
    if (text.write(words) >= layout.ordersBytes) throw new RangeError("too many orders");
    writeSync(this.#file, text, 0, text.length, layout.orders);
    const generation = Buffer.alloc(8);
    this.#generation += 1n;
    generation.writeBigInt64LE(this.#generation);
    writeSync(this.#file, generation, 0, 8, 0);
  }

  /** Every counter by name; functions by their names. */
  counts() {
    const rows = this.#read(layout.rows, rowCount * layout.rowBytes);
    const counts = {};
    for (let at = 0; at < rows.length && rows[at] !== 0; at += layout.rowBytes) {
      const name = textOf(rows.subarray(at, at + layout.nameBytes));
      counts[name] = Number(rows.readBigInt64LE(at + layout.nameBytes));
    }
    return counts;
  }

  /** Calls of each function since the last orders. */
  calls() {
    return this.#pick((name) => name.startsWith("cu"));
  }

  /** What has been made and not destroyed: no entry is zero. */
  alive() {
    return this.#pick(
      (name, count) => !name.startsWith("cu") && !happenings.includes(name) && count !== 0,
    );
  }

  /** The last use that the real libraries would answer with undefined behaviour, or "". */
  lastMisuse() {
    return textOf(this.#read(layout.misuse, layout.rows - layout.misuse));
  }

  dispose() {
    closeSync(this.#file);
    if (this.#owned) rmSync(this.path, { force: true });
  }

  #pick(keep) {
    return Object.fromEntries(
      Object.entries(this.counts()).filter(([name, count]) => keep(name, count)),
    );
  }

  #read(offset, length) {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes;
  }
}

let folder;
let pages = 0;

/** In a folder that goes with the process, whoever forgot to dispose. */
function newPagePath() {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "batchnorm-standin-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  pages++;
  return join(folder, `page${pages}`);
}

function textOf(bytes) {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString();
}
