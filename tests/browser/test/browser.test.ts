import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Harness } from "../page/harness.ts";
import { type Bundle, bundleHarness } from "./bundle.ts";
import { launch, whyNoBrowser } from "./chromium.ts";
import { type Server, serve } from "./server.ts";

if (whyNoBrowser !== null)
  console.warn(`Skipped: the tests in a browser, since there is ${whyNoBrowser}.`);

type Result<N extends keyof Harness> = Awaited<ReturnType<Harness[N]>>;

/** Asks a page, or a worker of it. */
type Ask = <N extends keyof Harness>(
  name: N,
  ...args: Parameters<Harness[N]>
) => Promise<Result<N>>;

/** Runs of each property: the whole suite has to fit into a minute on a slow machine. */
const RUNS = 10;

describe.skipIf(whyNoBrowser !== null)("in headless Chromium", () => {
  let bundle: Bundle;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    bundle = await bundleHarness();
    server = await serve(bundle.text);
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** A fresh page, and all it complained about. */
  async function visit(url: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => complaints.push(`no ${request.url()}`));
    await page.goto(url);
    return { page, complaints };
  }

  const inPage =
    (page: Page): Ask =>
    (name, ...args) =>
      page.evaluate(
        ([called, given]) =>
          (globalThis.harness[called] as (...all: unknown[]) => unknown)(...given),
        [name, args] as const,
      ) as Promise<Result<typeof name>>;

  const inWorker =
    (page: Page): Ask =>
    (name, ...args) =>
      page.evaluate(
        ([called, given]) => {
          const worker = new Worker("/harness.js");
          const { port1, port2 } = new MessageChannel();
          return new Promise<never>((resolve, reject) => {
            worker.onerror = (event) => reject(new Error(event.message));
            port1.onmessage = ({ data }) => {
              worker.terminate();
              if ("error" in data) reject(new Error(data.error));
              else resolve(data.result as never);
            };
            worker.postMessage({ name: called, args: given }, [port2]);
          });
        },
        [name, args] as const,
      ) as Promise<Result<typeof name>>;

  /** The conformance suite, all of it passed; says how long it took. */
  async function expectConformance(ask: Ask, path: string, threads: number): Promise<void> {
    const { passed, failed, lines, seconds } = await ask("conformance", threads, RUNS);
    console.log(`${path}: ${passed} cases in ${seconds.toFixed(1)} s`);
    expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
    expect(failed).toBe(0);
    expect(passed).toBeGreaterThan(150);
  }

  test("the page is made of the built packages", () => {
    const ours = bundle.inputs.filter((file) => file.includes("packages/"));
    for (const name of ["batchnorm", "conformance", "core", "cpu", "wasm"]) {
      expect(
        ours.some((file) => file.includes(`packages/${name}/dist/`)),
        name,
      ).toBe(true);
    }
    expect(ours.filter((file) => file.includes("/src/"))).toEqual([]);
    expect(ours.filter((file) => /batchnorm\/dist\/index\.(c|m)?js/.test(file))).toEqual([]);
    expect(bundle.text).not.toContain("@batchnorm/cudnn");
  });

  describe("a page with cross-origin isolation, on its main thread", () => {
    let page: Page;
    let ask: Ask;
    let complaints: string[];

    beforeAll(async () => {
      ({ page, complaints } = await visit(server.isolated));
      ask = inPage(page);
    });

    afterAll(() => page.close());

    test("auto takes wasm with all processors, queued, and misses nothing", async () => {
      const { isolated, processors, selection, device, cudnn } = await ask("auto");
      expect(isolated).toBe(true);
      expect(selection).toEqual({ requested: "auto", chosen: "wasm", refused: [] });
      expect(cudnn).toBe("INVALID_ARGUMENT");
      const threads = Math.min(processors, 8);
      if (threads === 1) expect(device).toMatch(/SIMD, 1 thread \(one processor\)/);
      else expect(device).toMatch(new RegExp(`SIMD, ${threads} threads, queued`));
    });

    test("two threads are queued behind the main thread", async () => {
      expect(await ask("describe", 2)).toMatch(/SIMD, 2 threads, queued behind the main thread/);
      expect(await ask("describe", 3)).toMatch(/SIMD, 3 threads, queued/);
      expect(await ask("describe", 1)).toMatch(/SIMD, 1 thread/);
    });

    test("conforms", () => expectConformance(ask, "isolated page, 2 threads queued", 2));

    test("the main thread goes on while others work", { retry: 3 }, async () => {
      const { longest, waits, enqueued, done, values } = await ask("beat", 2, 120);
      expect(values).toEqual([2.5, 3.5]);
      // The work takes far longer than the longest silence of the main thread.
      expect(done).toBeGreaterThan(200);
      expect(enqueued).toBeLessThan(100);
      expect(longest).toBeLessThan(100);
      expect(waits).toEqual([]);
    });

    test("nothing on the main thread waits, beyond asking whether it may", async () => {
      const limits = await ask("waitsOfOpening", 2);
      expect(limits.filter((limit) => limit !== 0)).toEqual([]);
    });

    test("dispose ends every worker", async () => {
      expect(await ask("lifecycle", 3)).toEqual({
        // Three, and one that only shows whether workers are allowed.
        started: 4,
        terminated: 4,
        created: 4,
        revoked: 4,
      });
    });

    test("no complaint on the console", () => {
      expect(complaints).toEqual([]);
    });
  });

  describe("a worker of a page with cross-origin isolation", () => {
    let page: Page;
    let ask: Ask;
    let complaints: string[];

    beforeAll(async () => {
      ({ page, complaints } = await visit(server.isolated));
      ask = inWorker(page);
    });

    afterAll(() => page.close());

    test("may sleep, so its threads are not queued", async () => {
      const { isolated, selection } = await ask("auto");
      expect(isolated).toBe(true);
      expect(selection).toEqual({ requested: "auto", chosen: "wasm", refused: [] });
      expect(await ask("describe", 2)).toMatch(/SIMD, 2 threads$/);
    });

    test("a call is done when it returns", async () => {
      const { enqueued, done, values } = await ask("beat", 2, 5);
      expect(values).toEqual([2.5, 3.5]);
      expect(enqueued).toBeGreaterThan(0.8 * done);
    });

    test("conforms", () => expectConformance(ask, "worker of an isolated page, 2 threads", 2));

    test("dispose ends every worker", async () => {
      expect(await ask("lifecycle", 3)).toEqual({
        // Two besides this one, and one that only shows whether workers are allowed.
        started: 3,
        terminated: 3,
        created: 3,
        revoked: 3,
      });
    });

    test("no complaint on the console", () => {
      expect(complaints).toEqual([]);
    });
  });

  describe("a page without cross-origin isolation", () => {
    let page: Page;
    let ask: Ask;
    let complaints: string[];

    beforeAll(async () => {
      ({ page, complaints } = await visit(server.open));
      ask = inPage(page);
    });

    afterAll(() => page.close());

    test("auto takes wasm with one SIMD thread, and says why", async () => {
      const { isolated, selection, device } = await ask("auto");
      expect(isolated).toBe(false);
      expect(selection).toEqual({ requested: "auto", chosen: "wasm", refused: [] });
      expect(device).toBe("WebAssembly, SIMD, 1 thread (no cross-origin isolation)");
      // Also where more are asked for.
      expect(await ask("describe", 4)).toBe(device);
    });

    test("starts no worker", async () => {
      expect(await ask("lifecycle", 2)).toMatchObject({ started: 0, created: 0 });
    });

    test("conforms", () => expectConformance(ask, "page without isolation, 1 thread", 2));

    test("no complaint on the console", () => {
      expect(complaints).toEqual([]);
    });
  });

  test("where the page forbids workers made from strings, one thread does the work", async () => {
    const { page } = await visit(server.strict);
    const { isolated, device } = await inPage(page)("auto");
    expect(isolated).toBe(true);
    expect(device).toBe("WebAssembly, SIMD, 1 thread (workers are not allowed here)");
    await page.close();
  });

  test("a worker that fails rejects what is waiting, and the handler refuses the rest", async () => {
    const { page, complaints } = await visit(server.isolated);
    const outcomes = await inPage(page)("lose", 2);
    expect(outcomes).toEqual(["BACKEND_FAILURE", "HANDLER_FAILED", "HANDLER_FAILED"]);
    // Who called is told; the console is not told again.
    expect(complaints).toEqual([]);
    await page.close();
  });
});
