/** Tells on stderr what a long run is at, so that stdout holds nothing but its results. */
export interface Progress {
  /** @param doing what begins now */
  step(doing: string): void;
  /** @param doing how far the present step has come */
  within(doing: string): void;
}

/** @param steps how many there will be, for a share of what is done */
export function createProgress(name: string, steps: number): Progress {
  const start = performance.now();
  let done = 0;
  const tell = (doing: string): void => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const share = Math.min(99, Math.floor((100 * Math.max(0, done - 1)) / steps));
    process.stderr.write(`${name} ${seconds.padStart(3)} s ${String(share).padStart(2)} %  ${doing}\n`);
  };
  return {
    step(doing) {
      done++;
      tell(doing);
    },
    within: tell,
  };
}
