/** What an image is to each host of an aggregate: who lacks it, why, and what to do. */

import { at, get, query } from "./api.js";
import { hostLink, jobLink } from "./bars.js";
import { keyOf } from "./coverage.js";
import { badge, h, link, meter, prose, put, section, table } from "./dom.js";
import { remedy } from "./reasons.js";
import { historyOf, spark } from "./spark.js";
import { ago, bytes, number, percent, words } from "./text.js";

const STATES = ["missing", "stale", "damaged", "warm", "unsupported", "disabled"];
const PAGE = 100;

const MEANING = {
  missing: "they don't have it", stale: "they had it when they were last heard of; their agents are down",
    damaged: "what they have of it is known to be wrong",
  warm: "they have it whole and their agents are alive", unsupported: "their storage can't take it",
    disabled: "they take no part in jobs",
};

/** Why a host is so where no attempt has failed. */
const UNTRIED = { missing: "no attempt has failed", stale: "its agent is down", damaged: "its agent found it so" };

const COLUMNS = [
  { title: "Host", cell: (row) => hostLink(row.host) },
  { title: "State", cell: (row) => badge(row.state, row.state) },
  { title: "Why", kind: "wide", cell: (row) => (
    row.last ? why(row.last) : h("span", { class: "note" }, UNTRIED[row.state] ?? "")) },
  { title: "Size", kind: "number", cell: (row) => (row.size_bytes === null ? "–" : bytes(row.size_bytes)) },
  { title: "Heard of", kind: "number", cell: (row) => ago(row.seen_at) },
];

function why(last) {
  const advice = last.reason ? remedy(last.reason) : null;
  return [h("b", null, words(last.reason ?? last.outcome)), last.detail ? `: ${last.detail}` : "", " (",
    jobLink(last.job_id), `, ${ago(last.at)})`,
    advice && advice !== "nothing" ? h("div", { class: "remedy" }, h("b", null, "Do: "), prose(advice)) : null];
}

/** Shows them. */
export async function show(main, [aggregate, image], { signal }) {
  document.title = `${image} on ${aggregate} – Precache`;
  const where = `${at("v1", "aggregates", await keyOf(aggregate, signal))}/coverage`;
  const own = `${where}/${encodeURIComponent(image)}`;
  const [entry] = (await get(query(where, { image }), signal)).coverage;
  let state = STATES.find((name) => entry.hosts[name] > 0) ?? "missing";
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": "Hosts by what the image is to them" }),
    place = h("div"), past = h("div");
  const more = h("button", { type: "button", onclick: () => read().catch(ignore) }, "More");
  let rows = [], after = null;
  const ignore = (error) => { if (!signal.aborted) throw error; };

  async function read() {
    const asked = state;
    const page = await get(query(`${own}/hosts`, { state, limit: PAGE, after }),
      signal);
    if (asked !== state) return;
    rows = rows.concat(page.hosts);
    after = page.next;
    put(place, h("p", { class: "hint" },
      `${number(entry.hosts[state])} of ${number(entry.hosts.total)}: ${MEANING[state]}`),
      table("Hosts", COLUMNS, rows, "No such host."));
    more.hidden = after === null;
  }

  function choose(name) {
    state = name;
    rows = [];
    after = null;
    put(tabs, STATES.map((each_) => h("button",
      { type: "button", "aria-pressed": String(each_ === state),
      onclick: () => { choose(each_); tabs.querySelector("[aria-pressed=true]").focus(); } },
      badge(each_, each_), ` ${number(entry.hosts[each_])}`)));
    return read().catch(ignore);
  }

  put(main, h("p", { class: "crumbs" }, h("a", { href: "#/coverage" }, "Coverage"), " / ",
    link(["coverage", aggregate], aggregate), " / ", h("span", { class: "id" }, image)),
    h("div", { class: "head" }, h("h1", null, image, " on ", aggregate),
      meter(entry.fraction, percent(entry.fraction), "good")),
    past, tabs, place, more);
  // What can't be told of the past keeps nothing of the present from being shown.
  historyOf(own, signal).then((history) => {
    if (history.length > 1) put(past, section("How warm it was", spark(history, (then) => then.fraction, entry)));
  }, () => {});
  await choose(state);
}
