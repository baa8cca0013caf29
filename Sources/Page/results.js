/** A job's results as a list: what the heat map shows, for who reads, searches or listens. */

import { badge, choice, h, put, say, search, table } from "./dom.js";
import { hostLink } from "./bars.js";
import { BAD, bytes, number, OUTCOMES, percent, took, words } from "./text.js";

const STEP = 50;

const COLUMNS = [
  { title: "Host", cell: (row) => hostLink(row.host) },
  { title: "Image", cell: (row) => h("span", { class: "id" }, row.image) },
  { title: "Outcome", cell: (row) => badge(row.outcome, row.outcome) },
  { title: "Why", kind: "wide", cell: (row) => (
    row.reason ? [h("b", null, words(row.reason)), row.detail ? `: ${row.detail}` : ""] : row.detail ?? "") },
  { title: "Bytes", kind: "number", cell: (row) => bytesText(row) },
  { title: "Attempts", kind: "number", cell: (row) => number(row.attempts) },
  { title: "Took", kind: "number", cell: (row) => (row.seconds === null ? "–" : took(row.seconds)) },
];

function bytesText(row) {
  if (row.outcome === "running" && row.total > 0) return `${percent(row.done / row.total)} of ${bytes(row.total)}`;
  return row.done > 0 ? bytes(row.done) : "–";
}

/** The list. `update(data)` renews it, `filter(outcome)` shows one outcome. */
export function resultList(data) {
  const wanted = { outcome: "", text: "", limit: STEP };
  const place = h("div"), found = h("p", { class: "hint", role: "status" });
  const more = h("button", { type: "button", onclick: () => { wanted.limit += 4 * STEP; render(); } }, "More");
  const select = choice("Outcome", [["", "all"], ["bad", "what did not end well"],
    ...OUTCOMES.map((outcome) => [outcome, outcome])], "", (value) => {
    wanted.outcome = value;
    wanted.limit = STEP;
    render();
  });
  const field = search("Host, image or reason", 120, (text) => {
    wanted.text = text.toLowerCase();
    wanted.limit = STEP;
    render();
  });
  let drawn = -1;

  function fits(cell) {
    const outcome = OUTCOMES[data.outcome[cell]];
    if (outcome === undefined) return false;
    if (wanted.outcome === "bad" ? !BAD.includes(outcome) : wanted.outcome
      && outcome !== wanted.outcome) return false;
    if (!wanted.text) return true;
    const host = data.hosts[Math.floor(cell / data.images.length)];
    return host.toLowerCase().includes(wanted.text)
      || data.images[cell % data.images.length].toLowerCase().includes(wanted.text)
      || (data.reasons.get(cell) ?? "").replaceAll("_", " ").includes(wanted.text.replaceAll("_", " "));
  }

  function render() {
    drawn = data.version;
    const rows = [];
    let count = 0;
    for (let cell = 0; cell < data.cells; cell += 1) {
      if (!fits(cell)) continue;
      count += 1;
      if (rows.length < wanted.limit) rows.push(data.describe(cell));
    }
    put(place, table("Results", COLUMNS, rows, "No result is like that."));
    say(found, count > rows.length ? `${number(rows.length)} of ${number(count)}` : number(count));
    more.hidden = count <= rows.length;
  }

  return {
    element: h("section", { class: "results" },
      h("div", { class: "head" }, h("h2", null, "Results"), found, h("div", { class: "controls" }, select, field)),
      place, more),
    update() {
      // Whoever stands in the list with the keyboard or has marked a text keeps it.
      if (drawn !== data.version && !place.contains(document.activeElement)
        && (getSelection()?.isCollapsed ?? true)) render();
    },
    filter(outcome) {
      wanted.outcome = outcome;
      wanted.limit = STEP;
      select.querySelector("select").value = outcome;
      render();
    },
  };
}
