// Trusted time on the page: the agent's `now` carried on by the browser's monotonic clock. The PC's wall clock is never read.

let base = null;

/** Takes the trusted time (ms UTC) of a view that has just arrived; 0 means unknown. */
export function setNow(now) {
  if (now > 0) base = now - performance.now();
}

/** Trusted time in ms UTC, or null while unknown. */
export function now() {
  return base === null ? null : base + performance.now();
}

/** Calls `tick` at once and then a few times a second; the function returned ends that. */
export function everyTick(tick) {
  tick();
  const timer = setInterval(tick, 250);
  return () => clearInterval(timer);
}
