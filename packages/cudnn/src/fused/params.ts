import type { LaunchSpec, Patch, StructLayout } from "../native/addon.js";
import { divisorOf } from "./divisor.js";

const PATCH_KINDS = { u64: 0, f32: 1, f64: 2, u32: 3 } as const;

/**
 * The parameter of a kernel: a struct of the addon's, filled by field. What is not set is 0, which
 * stands for an absent address.
 */
export class Params {
  readonly #layout: StructLayout;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #patches: Patch[] = [];

  constructor(layout: StructLayout) {
    this.#layout = layout;
    this.#bytes = new Uint8Array(layout.size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Fields that stay as they are. */
  set(values: Readonly<Record<string, number>>, at = ""): this {
    for (const [path, value] of Object.entries(values)) this.#setOne(at + path, value);
    return this;
  }

  /** Fields that are taken from the call record, each from the slot given. */
  take(slots: Readonly<Record<string, number>>, at = ""): this {
    for (const [path, slot] of Object.entries(slots)) {
      const [offset, kind] = this.#field(at + path);
      this.#patches.push([offset, slot, PATCH_KINDS[kind]]);
    }
    return this;
  }

  /** The three fields of a divisor. */
  divisor(path: string, value: number): this {
    const { divisor, magic, shift } = divisorOf(value);
    return this.set({ ".divisor": divisor, ".magic": magic, ".shift": shift }, path);
  }

  /** A launch without clusters. */
  launch(kernel: string, grid: LaunchSpec["grid"], block: number): LaunchSpec {
    const common = { cluster: 1, sharedBytes: 0, cooperative: false };
    return { kernel, grid, block, ...common, params: this.#bytes, patches: this.#patches };
  }

  #setOne(path: string, value: number): void {
    const [offset, kind] = this.#field(path);
    if (kind === "u32") this.#view.setUint32(offset, value, true);
    else if (kind === "u64") this.#view.setBigUint64(offset, BigInt(value), true);
    else if (kind === "f32") this.#view.setFloat32(offset, value, true);
    else this.#view.setFloat64(offset, value, true);
  }

  #field(path: string) {
    const field = this.#layout.fields[path];
    if (field === undefined) throw new TypeError(`the struct has no field ${path}`);
    return field;
  }
}
