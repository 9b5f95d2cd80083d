/** Versions as NVIDIA's libraries number them, as people write them. */
export const versionText = {
  /** 13000 → 13.0 */
  cuda: (version: number): string =>
    `${Math.trunc(version / 1000)}.${Math.trunc((version % 1000) / 10)}`,
  /** 91900 → 9.19.0; before 9 a major version was a thousand: 8907 → 8.9.7 */
  cudnn(version: number): string {
    const major = version >= 10_000 ? 10_000 : 1000;
    const rest = version % major;
    return `${Math.trunc(version / major)}.${Math.trunc(rest / 100)}.${rest % 100}`;
  },
};
