/** Nanoseconds of `iterations` calls after `warm` untimed ones; `finish` waits for their results. */
export async function timeLoop(
  call: () => void,
  finish: () => Promise<void>,
  iterations: number,
  warm: number,
): Promise<number> {
  for (let i = 0; i < warm; i++) call();
  await finish();
  const started = process.hrtime.bigint();
  for (let i = 0; i < iterations; i++) call();
  await finish();
  return Number(process.hrtime.bigint() - started);
}
