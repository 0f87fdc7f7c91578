/** The time of this process, which stands still unless it is moved. Install it before what is to go by it is loaded. */
export interface InstalledClock {
  /** An earlier time than it is does nothing. @param time ms since the epoch */
  moveTo(time: number): void;
}

export function installClock(start: number): InstalledClock {
  let now = start;
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? new target(now) : Reflect.construct(target, args)),
    apply: () => new RealDate(now).toString(),
    get: (target, name) => (name === 'now' ? () => now : Reflect.get(target, name)),
  });
  return {
    moveTo(time) {
      now = Math.max(now, time);
    },
  };
}
