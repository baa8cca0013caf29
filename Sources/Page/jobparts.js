/** Parts of a job's page: why things failed, where bytes came from, who was slow. */

import { facts, h, meter, prose, put, section } from "./dom.js";
import { hostLink } from "./bars.js";
import { meaning, remedy } from "./reasons.js";
import { bytes, count, number, rate, took, words } from "./text.js";

/** Failures by reason: how many, an example, what to do. */
export function failures(job, data) {
  const reasons = Object.entries(job.reasons).sort((one, other) => other[1] - one[1]);
  if (reasons.length === 0) return null;
  return section("What did not end well", h("ul", { class: "reasons" }, reasons.map(([reason, number_]) => {
    const cell = data.exampleOf(reason);
    const example = cell === null ? null : data.describe(cell);
    const advice = remedy(reason);
    return h("li", null,
      h("h3", null, h("span", { class: "count" }, number(number_)), words(reason)),
      h("p", null, prose(meaning(reason))),
      example ? h("p", { class: "example" }, hostLink(example.host),
        data.images.length > 1 ? ` (${example.image})` : null,
        example.detail ? [": ", h("q", null, example.detail)] : null) : null,
      advice && advice !== "nothing" ? h("p", { class: "remedy" }, h("b", null, "Do: "), prose(advice)) : null);
  })));
}

/** What hosts got from each other, and what of it the source sent. */
export function mesh(job) {
  const { transfer } = job;
  const all = transfer.from_source_bytes + transfer.from_peers_bytes;
  if (all === 0) return null;
  const crossings = transfer.crossings.map((crossing) => h("li", null, crossing.zone ?? "no zone", ": ",
    bytes(crossing.bytes),
    crossing.copies === null ? null : ` (${crossing.copies.toFixed(1)} copies)`));
  return section("Where bytes came from",
    h("p", { class: "two" }, h("span", { class: "split", role: "img",
      "aria-label": `${bytes(transfer.from_source_bytes)} from the source, `
        + `${bytes(transfer.from_peers_bytes)} from other hosts` },
      h("span", { class: "part source", style: { flex: `${transfer.from_source_bytes / all} 0 0` } }),
      h("span", { class: "part peers", style: { flex: `${transfer.from_peers_bytes / all} 0 0` } }))),
    facts([
      ["From the source", [h("span", { class: "dot source", "aria-hidden": "true" }),
        bytes(transfer.from_source_bytes)]],
      ["Between hosts", [h("span", { class: "dot peers", "aria-hidden": "true" }), bytes(transfer.from_peers_bytes)]],
      ["Copies read at the source", transfer.copies === null ? "no exchange" : transfer.copies.toFixed(2)],
      ["Seeds", transfer.seeds.length === 0 ? null
        : transfer.seeds.map((host, index) => [index > 0 ? ", " : "", hostLink(host)])],
      ["Into zones", crossings.length === 0 ? null : h("ul", { class: "plain" }, crossings)],
    ]),
    transfer.notes.map((note) => h("p", { class: "note" }, note)));
}

/** The hosts that took longest, and how fast they were. */
export function slowest(data) {
  const found = data.slowest(8);
  if (found.length === 0) return null;
  const longest = Math.max(0.001, found[0][1]);
  return section("Slowest hosts", h("ol", { class: "slowest" }, found.map(([cell, seconds]) => {
    const row = data.describe(cell);
    return h("li", null, h("span", { class: "name" }, hostLink(row.host),
      data.images.length > 1 ? h("span", { class: "note" }, ` ${row.image}`) : null),
      meter(seconds / longest, took(seconds)),
        h("span", { class: "note" }, row.done > 0 && seconds > 0 ? rate(row.done / seconds) : ""));
  })));
}

/** What became of a host, image by image: the words of a hover and of a click. */
export function hostCard(data, host, isWhole) {
  const rows = data.cellsOf(host).map((cell) => data.describe(cell));
  const shown = isWhole ? rows : [...rows].sort((one, other) => (other.reason ? 1 : 0) - (one.reason ? 1 : 0)).slice(
    0, 4);
  const element = h("div", { class: "card" });
  return put(element,
    h("p", { class: "title" }, isWhole ? hostLink(data.hosts[host]) : h("b", null, data.hosts[host])),
    shown.map((row) => h("div", { class: "entry" },
      h("p", null, h("span", { class: `badge is-${row.outcome}` },
        h("span", { class: "mark", "aria-hidden": "true" }), row.outcome),
        data.images.length > 1 ? [" ", h("span", { class: "id" }, row.image)] : null,
        row.seconds === null ? null : ` in ${took(row.seconds)}`,
        row.outcome === "running" && row.total > 0
          ? ` ${Math.floor((row.done / row.total) * 100)} % of ${bytes(row.total)}` : null,
        row.attempts > 1 ? `, ${count(row.attempts, "attempt")}` : null),
      row.reason ? h("p", null, h("b", null, words(row.reason)), row.detail ? `: ${row.detail}` : "") : null,
      isWhole && row.reason && remedy(row.reason)
        ? h("p", { class: "remedy" }, h("b", null, "Do: "), prose(remedy(row.reason))) : null)),
    shown.length < rows.length ? h("p", { class: "note" }, `and ${rows.length - shown.length} more images`) : null);
}
