/** What is known of each host and image of a job, in columns: 10,000 hosts are a few arrays, not 10,000 objects. */

import { OUTCOMES } from "./text.js";

/** A number for each outcome: its place in OUTCOMES. */
export const CODE = Object.fromEntries(OUTCOMES.map((outcome, index) => [outcome, index]));
/** What stands where a job has no result: a retry and a policy's job ask a host only for what it lacks. */
export const NONE = OUTCOMES.length;
export const isFinal = (code) => code !== CODE.running && code !== CODE.pending && code !== NONE;
export const isBad = (code) => code === CODE.error || code === CODE.skipped || code === CODE.cancelled;

/** Of several images' outcomes a host shows the one that people should look at first. */
const GRAVITY = ["existing", "cached", "unsupported", "pending", "running", "cancelled", "skipped",
  "error"].map((outcome) => CODE[outcome]);
const RANK = [...OUTCOMES.keys(), NONE].map((code) => GRAVITY.indexOf(code));

export class JobData {
  constructor(job) {
    this.images = job.images.map((image) => image.id);
    this.imageNumbers = new Map(this.images.map((id, index) => [id, index]));
    this.hosts = [];
    this.hostNumbers = new Map();
    const cells = job.hosts.total * this.images.length;
    this.outcome = new Uint8Array(cells).fill(NONE);
    this.attempts = new Uint8Array(cells);
    this.done = new Float64Array(cells);
    this.total = new Float64Array(cells);
    this.started = new Float64Array(cells);
    this.finished = new Float64Array(cells);
    this.reasons = new Map();
    this.details = new Map();
    this.settled = 0;
    /** Rises with every change: whoever draws sees whether there is something new. */
    this.version = 0;
  }

  get cells() {
    return this.hosts.length * this.images.length;
  }

  #cell(host, image) {
    let number = this.hostNumbers.get(host);
    if (number === undefined) {
      number = this.hosts.length;
      if ((number + 1) * this.images.length > this.outcome.length) return -1;
      this.hosts.push(host);
      this.hostNumbers.set(host, number);
    }
    const column = this.imageNumbers.get(image);
    return column === undefined ? -1 : number * this.images.length + column;
  }

  #set(cell, outcome, reason, detail, attempts) {
    const code = CODE[outcome];
    const was = this.outcome[cell];
    // A list that was read before the stream told the end is older than that.
    if (code === undefined || (isFinal(was) && !isFinal(code))) return false;
    if (isFinal(code) && !isFinal(was)) this.settled += 1;
    this.outcome[cell] = code;
    this.attempts[cell] = Math.min(255, attempts ?? this.attempts[cell]);
    for (const [texts, text] of [[this.reasons, reason], [this.details, detail]]) {
      if (text) texts.set(cell, text);
      else texts.delete(cell);
    }
    this.version += 1;
    return true;
  }

  /** Takes a row of the results. */
  takeResult(row) {
    const cell = this.#cell(row.host, row.image_id);
    if (cell < 0 || !this.#set(cell, row.outcome, row.reason, row.detail, row.attempts)) return;
    this.done[cell] = row.bytes_done;
    this.total[cell] = row.bytes_total ?? 0;
    if (row.started_at) this.started[cell] = Date.parse(row.started_at);
    if (row.finished_at) this.finished[cell] = Date.parse(row.finished_at);
  }

  /** Takes an event of the stream; hosts that the list hasn't told yet wait for it, so that the order stays the
     job's. */
  takeEvent(event) {
    if (event.host === undefined || !this.hostNumbers.has(event.host)) return;
    if (event.type === "outcome") {
      const cell = this.#cell(event.host, event.image_id);
      if (cell < 0 || isFinal(this.outcome[cell])) return;
      this.#set(cell, event.outcome, event.reason, event.detail, event.attempt);
      this.finished[cell] = Date.parse(event.at);
      this.done[cell] = event.bytes_done;
      this.total[cell] = event.bytes_total ?? this.total[cell];
    } else if (event.type === "attempt") {
      const first = this.hostNumbers.get(event.host) * this.images.length;
      for (let cell = first; cell < first + this.images.length; cell += 1) {
        const code = this.outcome[cell];
        if (code !== NONE && !isFinal(code)) this.attempts[cell] = Math.min(255, event.attempt);
      }
    }
  }

  /** The outcome that a host shows, of one image or of all (`image` < 0). */
  hostOutcome(host, image) {
    const first = host * this.images.length;
    if (image >= 0) return this.outcome[first + image];
    let worst = this.outcome[first];
    for (let cell = first + 1; cell < first + this.images.length; cell += 1) {
      if (RANK[this.outcome[cell]] > RANK[worst]) worst = this.outcome[cell];
    }
    return worst;
  }

  /** How much of a host's bytes is there, from 0 to 1. */
  hostProgress(host, image) {
    const first = image >= 0 ? host * this.images.length + image : host * this.images.length;
    const end = image >= 0 ? first + 1 : first + this.images.length;
    let sum = 0, all = 0;
    for (let cell = first; cell < end; cell += 1) {
      const code = this.outcome[cell];
      if (code === NONE) continue;
      all += 1;
      if (code <= CODE.unsupported) sum += 1;
      else if (this.total[cell] > 0) sum += Math.min(1, this.done[cell] / this.total[cell]);
    }
    return sum / Math.max(1, all);
  }

  /** The cells of a host that the job has. */
  cellsOf(host) {
    return this.images.map((_, image) => host * this.images.length + image)
      .filter((cell) => this.outcome[cell] !== NONE);
  }

  /** One cell for people. */
  describe(cell) {
    return {
      host: this.hosts[Math.floor(cell / this.images.length)], image: this.images[cell % this.images.length],
        outcome: OUTCOMES[this.outcome[cell]],
      reason: this.reasons.get(cell) ?? null, detail: this.details.get(cell) ?? null, attempts: this.attempts[cell],
      done: this.done[cell], total: this.total[cell], seconds: this.secondsOf(cell), finished: this.finished[cell],
    };
  }

  /** How long a result took, in seconds; null where that isn't known. */
  secondsOf(cell) {
    return this.started[cell] > 0 && this.finished[cell] > 0 ? (this.finished[cell] - this.started[cell]) / 1000
      : null;
  }

  /** The cells that took longest, of those that were fetched. */
  slowest(limit) {
    const found = [];
    for (let cell = 0; cell < this.cells; cell += 1) {
      const seconds = this.secondsOf(cell);
      if (seconds === null || this.outcome[cell] !== CODE.cached) continue;
      if (found.length === limit && seconds <= found.at(-1)[1]) continue;
      found.push([cell, seconds]);
      found.sort((one, other) => other[1] - one[1]);
      if (found.length > limit) found.pop();
    }
    return found;
  }

  /** Some result that ended with the reason: an example. */
  exampleOf(reason) {
    for (const [cell, told] of this.reasons) if (told === reason && isBad(this.outcome[cell])) return cell;
    return null;
  }
}
