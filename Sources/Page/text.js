/** Figures and times as words: the same thing looks the same everywhere. */

/** All outcomes, in the order in which they are stacked: what is good, what goes on, what is not. */
export const OUTCOMES = ["cached", "existing", "unsupported", "running", "error", "skipped", "cancelled", "pending"];

/** What ended badly. */
export const BAD = ["error", "skipped", "cancelled"];

/** What an outcome means, for who points at it. */
export const OUTCOME_MEANING = {
  cached: "downloaded and verified by this job",
  existing: "was there already",
  unsupported: "the host's storage needs no cache",
  running: "the host is at it",
  error: "could not be had",
  skipped: "the host was down, disabled or removed",
  cancelled: "someone cancelled the job first",
  pending: "waits for its turn",
};

/** Whether a job has ended. */
export const isOpen = (job) => job.state === "queued" || job.state === "running";

/** Whether all of a job's images have a size that is known. */
export const hasSizes = (job) => job.images.every((image) => image.size_bytes !== null);

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes: 5.1 MiB, 640 B. */
export function bytes(count) {
  if (count === null || count === undefined) return "unknown";
  let value = count, unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A rate of bytes. */
export const rate = (perSecond) => `${bytes(perSecond)}/s`;

/** A number with thin spaces between thousands. */
export function number(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** "1 host", "4 hosts". */
export const count = (value, word, words = `${word}s`) => `${number(value)} ${value === 1 ? word : words}`;

/** A share, rounded down so that 100 % means all. */
export function percent(fraction) {
  if (fraction > 0 && fraction < 0.01) return "< 1 %";
  return `${Math.floor(fraction * 100 + 1e-9)} %`;
}

/** A length of time with its two largest parts: 12 s, 3 min 4 s, 2 h 5 min, 3 d 4 h. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = parts.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = parts[first];
  const text = `${Math.floor(whole / size)} ${unit}`;
  if (first === parts.length - 1) return text;
  const [smaller, smallerSize] = parts[first + 1];
  const rest = Math.floor((whole % size) / smallerSize);
  return rest > 0 ? `${text} ${rest} ${smaller}` : text;
}

/** How long one attempt took: with tenths below ten seconds. */
export const took = (seconds) => (seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : duration(seconds));

let clockOffset = 0;

/** Takes the service's hour from an answer's `Date`, so that a wrong clock here spoils no age. */
export function setClock(date) {
  const time = Date.parse(date ?? "");
  if (!Number.isNaN(time) && Math.abs(time - Date.now()) > 2000) clockOffset = time - Date.now();
  else clockOffset = 0;
}

/** The service's time, in milliseconds. */
export const now = () => Date.now() + clockOffset;

/** How long ago a time was. */
export function ago(time) {
  if (!time) return "never";
  const seconds = (now() - Date.parse(time)) / 1000;
  if (seconds < -1) return `in ${duration(-seconds)}`;
  if (seconds < 1) return "just now";
  // Seconds beside minutes would make a list flicker and tell nobody more.
  return `${duration(seconds < 60 || seconds >= 3600 ? seconds : 60 * Math.floor(seconds / 60))} ago`;
}

/** A time of the day where it is today's, else with the date; in the reader's own zone. */
export function moment(time) {
  if (!time) return "–";
  const date = new Date(time);
  const two = (value) => String(value).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(now()).toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock.slice(0, 5)}`;
}

/** The reader's own zone, where another stands beside. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "host_down" as words. */
export const words = (name) => name.replaceAll("_", " ");

/** Compares names as people do: r2 before r10. */
export const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
