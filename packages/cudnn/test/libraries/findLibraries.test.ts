import { expect, test } from "vitest";
import { findLibraries } from "../../src/libraries/findLibraries.ts";
import { machine } from "../support/machine.ts";

const SONAME = "libcudnn.so.9";
const NOTHING_SAID = { driver: null, cudnn: null };

const pathsOn = (given: Parameters<typeof machine>[0]) =>
  findLibraries(NOTHING_SAID, machine(given)).cudnn.map(({ path }) => path);

test("on a bare machine only the system's loader is asked", () => {
  const search = findLibraries(NOTHING_SAID, machine({}));
  expect(search.driver).toBe("libcuda.so.1");
  expect(search.cudnn).toEqual([{ reason: "the system's library path", path: SONAME }]);
});

test("what the environment names comes before the system, Python's wheels after it", () => {
  const files = [
    `/opt/cudnn/lib64/${SONAME}`,
    `/opt/cuda/lib64/${SONAME}`,
    `/ld/b/${SONAME}`,
    `/venv/lib/python3.12/site-packages/nvidia/cudnn/lib/${SONAME}`,
    `/conda/lib/${SONAME}`,
    `/conda/lib/python3.11/site-packages/nvidia/cudnn/lib/${SONAME}`,
    `/home/ada/.local/lib/python3.10/site-packages/nvidia/cudnn/lib/${SONAME}`,
    `/usr/local/lib/python3.12/dist-packages/nvidia/cudnn/lib/${SONAME}`,
    `/usr/lib/python3/dist-packages/nvidia/cudnn/lib/${SONAME}`,
  ];
  const variables = {
    CUDNN_PATH: "/opt/cudnn",
    CUDA_PATH: "/opt/cuda",
    LD_LIBRARY_PATH: "/ld/a::/ld/b",
    VIRTUAL_ENV: "/venv",
    CONDA_PREFIX: "/conda",
  };
  const expected = [...files.slice(0, 3), SONAME, ...files.slice(3)];
  expect(pathsOn({ files, variables, home: "/home/ada" })).toEqual(expected);
});

test("the python3 that a shell would run is asked for its wheels, and only the first", () => {
  const inside = (prefix: string) =>
    `${prefix}/lib/python3.12/site-packages/nvidia/cudnn/lib/${SONAME}`;
  const files = ["/opt/a", "/opt/b"].flatMap((prefix) => [`${prefix}/bin/python3`, inside(prefix)]);
  const variables = { PATH: "/opt/none/bin::/opt/a/bin:/opt/b/bin" };
  expect(pathsOn({ files, variables })).toEqual([SONAME, inside("/opt/a")]);
});

test("only Python 3 counts, and each version of it", () => {
  const inside = (python: string) => `/venv/lib/${python}/site-packages/nvidia/cudnn/lib/${SONAME}`;
  const files = ["python2.7", "python3.9", "python3.13", "python3x"].map(inside);
  const found = pathsOn({ files, variables: { VIRTUAL_ENV: "/venv" } });
  expect(found.slice(1).sort()).toEqual([inside("python3.13"), inside("python3.9")]);
});

test("places without it are named with their reason, and an older cuDNN there is seen", () => {
  const files = ["/opt/cudnn/lib/libcudnn.so.8"];
  const search = findLibraries(
    NOTHING_SAID,
    machine({ files, variables: { CUDNN_PATH: "/opt/cudnn" } }),
  );
  expect(search.without).toContain(`open /opt/cudnn/lib/${SONAME} (CUDNN_PATH; no such file)`);
  expect(search.without).toContain(`open /opt/cudnn/lib64/${SONAME} (CUDNN_PATH; no such file)`);
  expect(search.older).toEqual(["/opt/cudnn/lib/libcudnn.so.8"]);
});

test("an empty variable names no folder", () => {
  const variables = { CUDNN_PATH: "", CUDA_PATH: "", LD_LIBRARY_PATH: "", VIRTUAL_ENV: "" };
  const { without } = findLibraries(NOTHING_SAID, machine({ variables }));
  expect(without.filter((line) => /PATH|ENV/.test(line))).toEqual([]);
});

test.each([
  ["a file", "/mine/libcudnn.so.9"],
  ["a file of another name", "/mine/other.so"],
  ["a folder", "/mine"],
])("%s given as an option is the only one tried", (_, cudnn) => {
  const files = [`/mine/${SONAME}`, "/mine/other.so", `/opt/cudnn/lib/${SONAME}`];
  const environment = machine({ files, variables: { CUDNN_PATH: "/opt/cudnn" } });
  const search = findLibraries({ driver: "/d/libcuda.so.1", cudnn }, environment);
  const path = cudnn === "/mine" ? `/mine/${SONAME}` : cudnn;
  expect(search).toMatchObject({
    driver: "/d/libcuda.so.1",
    cudnn: [{ reason: "the option cudnn", path }],
    without: [],
  });
});
