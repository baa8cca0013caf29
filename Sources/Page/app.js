/** The page's frame: who is here, which view is shown, and whether the service answers. */

import { connection, get, Problem, token } from "./api.js";
import { h, put, say } from "./dom.js";
import { signIn } from "./signin.js";

/** A view is loaded when somebody first goes there. Each exports `show(main, parts, context)`. */
const VIEWS = {
  jobs: (parts) => (parts.length === 0 ? import("./jobs.js") : import("./job.js")),
  coverage: (parts) => (parts.length < 2 ? import("./coverage.js") : import("./lacking.js")),
  policies: () => import("./policies.js"),
  hosts: (parts) => (parts.length === 0 ? import("./fleet.js") : import("./host.js")),
  service: () => import("./service.js"),
};

const main = document.getElementById("main");
const banner = document.getElementById("banner");
const who = document.getElementById("who");
let caller = null;
let leaving = new AbortController();

/** `#/jobs/ID` as `["jobs", "ID"]`. */
function place() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter((part) => part !== "");
  try {
    return parts.length > 0 ? parts.map(decodeURIComponent) : ["jobs"];
  } catch {
    return ["jobs"];
  }
}

/** Whether the caller may start, retry and cancel jobs. */
const mayOperate = () => caller !== null && (caller.authentication === "none"
  || ["operator", "admin"].includes(caller.role));

function showCaller() {
  if (caller === null) return put(who);
  const name = caller.name ?? (caller.authentication === "none" ? "no sign-in needed" : "no name");
  return put(who, h("span", { class: "name" }, name),
    caller.role && caller.authentication !== "none" ? h("span", { class: "role" }, caller.role) : null,
    token.get() ? h("button", { type: "button", class: "quiet", onclick: signOut }, "Sign out") : null);
}

function signOut() {
  token.forget();
  caller = null;
  show();
}

function complain(error) {
  put(main, h("h1", null, error.status === 404 ? "Not here" : "That didn't work"),
    h("p", { class: "problem", role: "alert" }, error.message),
      h("p", null, h("a", { href: "#/jobs" }, "To the jobs")));
}

/** A view's code, which the service gives: where it doesn't answer, that is tried again as everything else is. */
async function load(name, parts, signal) {
  try {
    return await VIEWS[name](parts);
  } catch {
    await get("/v1/whoami", signal);
    // It may have come back in between.
    try {
      return await VIEWS[name](parts);
    } catch (error) {
      console.warn(error);
    }
    throw new Problem(500, "not_loaded", "This part of the page could not be loaded. Load the page anew.", null);
  }
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [name, ...parts] = place();
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.hash === `#/${name}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  try {
    caller ??= (await get("/v1/whoami", signal)).caller;
    showCaller();
    if (!Object.hasOwn(VIEWS, name)) throw new Problem(404, "not_found", "There is no such place on this page.",
      null);
    const view = await load(name, parts, signal);
    if (signal.aborted) return;
    await view.show(main, parts, { signal, mayOperate: mayOperate() });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) askForToken();
    else if (error.status === 0 || error.status === 503) tryAgainLater(signal);
    else complain(error);
  }
}

function askForToken(complaint) {
  leaving.abort();
  caller = null;
  showCaller();
  document.title = "Sign in – Precache";
  signIn(main, complaint ?? (token.get() ? "This token is no longer honoured." : null), (found) => {
    caller = found;
    show();
  });
}

function tryAgainLater(signal) {
  if (main.childElementCount === 0) put(main, h("p", { class: "empty" }, "Waiting for the service …"));
  const timer = setTimeout(show, 1000);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

connection.addEventListener("lost", () => {
  say(banner, "The service doesn't answer. What is shown is what it said last; trying again.");
  banner.hidden = false;
});
connection.addEventListener("back", () => {
  banner.hidden = true;
  say(banner, "");
});
connection.addEventListener("refused", () => {
  if (caller !== null) askForToken("The service no longer honours this token. Sign in again.");
});

window.addEventListener("hashchange", () => {
  // The link to the content is no place of its own.
  if (location.hash === "#main") return;
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
  show();
});
show();
