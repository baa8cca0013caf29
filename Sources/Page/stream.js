/**
 * Server-sent events by fetch(): an EventSource sends no `Authorization`.
 *
 * The form is the HTML standard's (9.2.6). What breaks off goes on after the last event that came, with
 * `Last-Event-ID`.
 */

import { address, headers, noteReached, pause, Problem, problem, seen } from "./api.js";

const PART = 32768; // characters of a stream that are taken at once
const UNSEEN = 20000; // milliseconds that a stream is kept while nobody looks

/** Splits a stream's text into events; text may come in any pieces. */
export class EventParser {
  #rest = "";
  #data = [];
  #type = "";
  #id = "";
  /** The id of the last event that came whole. */
  lastID = "";

  constructor(take) {
    this.take = take;
  }

  /** Begins a new stream: what an old one left half is forgotten. */
  begin() {
    this.#rest = "";
    this.#data = [];
    this.#type = "";
    this.#id = this.lastID;
  }

  /** Takes the next piece. */
  feed(text) {
    this.#rest += text;
    // A CR at the end may be the first half of a CR LF.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") {
      this.lastID = this.#id;
      if (this.#data.length > 0) this.take({ id: this.lastID, type: this.#type || "message",
        data: this.#data.join("\n") });
      this.#data = [];
      this.#type = "";
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}

/**
 * Reads events until the stream's own end, `isLast`, or the signal.
 *
 * @param {string} path Where the stream is.
 * @param {object} options `take(event)`, `isLast(event)`, `state("live" | "lost")`, `signal`. With `begin()` each
 * connection begins afresh, and calls that once whatever happens from then on will be told: who reads everything then
 * need not be told all that happened in between. Such a stream is there for ever, so that a 404 comes from a
 * controller that is older than it.
 */
export async function watch(path, { take, isLast = () => false, state, signal, begin }) {
  let hasEnded = false, failures = 0;
  const isNoUse = ({ status }) => status >= 400 && status < 500 && status !== 429 && !(begin && status === 404);
  const live = () => {
    failures = 0;
    state("live");
  };
  const parser = new EventParser((event) => {
    take(event);
    hasEnded ||= isLast(event);
  });
  while (!hasEnded && !signal.aborted) {
    const sight = whileSeen(signal);
    try {
      await seen(signal);
      if (begin) parser.lastID = "";
      await readOnce(path, parser, { live, begin, signal: sight.signal });
    } catch (error) {
      if (signal.aborted) return;
      if (sight.signal.aborted) continue;
      if (error instanceof Problem && isNoUse(error)) throw error;
    } finally {
      sight.end();
    }
    if (hasEnded || signal.aborted) return;
    state("lost");
    failures += 1;
    try {
      // Chance keeps many open pages from coming back at one moment.
      await pause(Math.min(10000, 250 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2), signal);
    } catch {
      return;
    }
  }
}

/** A signal that ends, too, when nobody looks: a browser has few connections to a service for all of its tabs. */
function whileSeen(signal) {
  const unseen = new AbortController();
  let timer = null;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => unseen.abort(), UNSEEN);
  };
  document.addEventListener("visibilitychange", look);
  return {
    signal: AbortSignal.any([signal, unseen.signal]),
    end() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    },
  };
}

/** Feeds a long text in parts, so that thousands of events at once don't hold up the page. */
async function feed(parser, text) {
  for (let start = 0; start < text.length; start += PART) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    parser.feed(text.slice(start, start + PART));
  }
}

async function readOnce(path, parser, { live, begin, signal }) {
  const more = { Accept: "text/event-stream", ...(parser.lastID ? { "Last-Event-ID": parser.lastID } : {}) };
  let answer;
  try {
    answer = await fetch(address(path), { headers: headers(more), signal, cache: "no-store", credentials: "omit",
      redirect: "error" });
  } catch (error) {
    if (!signal.aborted) noteReached(false);
    throw error;
  }
  if (!answer.ok) throw await problem(answer);
  noteReached(true);
  live();
  parser.begin();
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let hasBegun = begin === undefined;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await feed(parser, decoder.decode(value, { stream: true }));
    if (!hasBegun && parser.lastID !== "") {
      hasBegun = true;
      begin();
    }
  }
}
