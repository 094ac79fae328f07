// How often a test repeats what it asserts: a number for every run, and a larger one for `npm run test:long`, which runs the files that
// import this and no others. It changes how much is tried, and never what is expected.

/** @param long at least as many as every run had before they became too many for it. */
export function rounds(usual: number, long: number): number {
  return process.env.INFLUX_STS_LONG === '1' ? long : usual;
}
