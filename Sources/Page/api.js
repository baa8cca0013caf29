/** The service's API, as a reader's or an operator's token sees it. */

import { setClock } from "./text.js";

const KEY = "precache.token";

/** An error that the service told, or that it could not be reached (`status` 0). */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** What happens to the connection: "lost", "back", "refused". */
export const connection = new EventTarget();
let isLost = false;

function tell(state) {
  if ((state === "lost") === isLost) return;
  isLost = state === "lost";
  connection.dispatchEvent(new Event(state));
}

/** Notes that the service could not be reached, or that it answers again. */
export const noteReached = (reached) => tell(reached ? "back" : "lost");

/** The token is kept for this tab alone, and only for as long as it is open. */
export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** Where the API begins: beside the page, also where a proxy has both below a path of its own. */
const ROOT = new URL("../", import.meta.url);

/** The address of one of the API's paths. */
export const address = (path) => new URL(path.slice(1), ROOT);

/** The fields that every request carries. */
export function headers(more) {
  const held = token.get();
  return { ...(held ? { Authorization: `Bearer ${held}` } : {}), ...more };
}

/** Makes a problem of an answer that is none of those that were hoped for. */
export async function problem(answer) {
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // Whatever stands between answered, and not in JSON: its status has to do.
  }
  if (answer.status === 401) connection.dispatchEvent(new Event("refused"));
  return new Problem(answer.status, told.code ?? "", told.detail ?? `The service answered ${answer.status}.`,
    Number(answer.headers.get("Retry-After")) || null);
}

async function ask(method, path, signal) {
  let answer;
  try {
    answer = await fetch(address(path), { method, headers: headers(), signal, cache: "no-store", credentials: "omit",
      redirect: "error" });
  } catch (error) {
    if (signal?.aborted) throw error;
    noteReached(false);
    throw new Problem(0, "unreachable", "The service can't be reached.", null);
  }
  noteReached(![502, 503, 504].includes(answer.status) || !!answer.headers.get("X-Request-Id"));
  setClock(answer.headers.get("Date"));
  if (!answer.ok) throw await problem(answer);
  return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : answer.text();
}

/** Asks for something. */
export const get = (path, signal) => ask("GET", path, signal);

/** Has something done. */
export const post = (path, signal) => ask("POST", path, signal);

/** A path with its parts encoded: `at("v1", "hosts", name)`. */
export const at = (...parts) => "/" + parts.map((part) => encodeURIComponent(part)).join("/");

/** A path with a query; what is null or empty is left out. */
export function query(path, fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** All pages of a list, one after the other; each comes as it is read. */
export async function* pages(path, member, fields, signal) {
  let after = null;
  do {
    const page = await get(query(path, { limit: 1000, ...fields, after }), signal);
    yield page[member];
    after = page.next;
  } while (after !== null);
}

/** Does the work for each, a few at a time, in order of the list. */
export async function each(list, atOnce, work) {
  const waiting = list.entries();
  const worker = async () => {
    for (const [index, item] of waiting) await work(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Waits, unless the signal ends it. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}

/** Waits until somebody looks at the page. */
export function seen(signal) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

/**
 * Does the work again and again while somebody looks. What fails is tried again, sooner where the service is away;
 * `refused` is told of what the service has no more or won't tell.
 */
export async function again(milliseconds, signal, work, refused = () => {}) {
  let wait = milliseconds;
  for (;;) {
    try {
      await pause(wait, signal);
      await seen(signal);
      wait = milliseconds;
      await work();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) return;
      if (error.status === 0 || error.status >= 500 || error.status === 429) wait = 1000 * (error.retryAfter ?? 1);
      else refused(error);
    }
  }
}
