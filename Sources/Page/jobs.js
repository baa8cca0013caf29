/** The list of jobs, the newest first, kept up to date while somebody looks. */

import { again, get, query } from "./api.js";
import { jobLink, stackedBar } from "./bars.js";
import { badge, choice, h, link, put, say, search, tableRow } from "./dom.js";
import { pace } from "./pace.js";
import { ago, bytes, duration, isOpen, moment, number, rate } from "./text.js";

const STATES = ["queued", "running", "succeeded", "partial", "failed", "cancelled"];
const PAGE = 50;

const images = (job) => job.images.map((image) => image.name ?? image.id);

/** Images of a job, in few words. */
export function imagesText(job) {
  const names = images(job);
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(", ");
}

const COLUMNS = [
  { title: "State", cell: (row) => row.state },
  { title: "Job", kind: "wide", cell: (row) => row.what },
  { title: "Outcomes", kind: "bar", cell: (row) => row.bar.element },
  { title: "Hosts", kind: "number", cell: (row) => row.hosts },
  { title: "Bytes", kind: "number", cell: (row) => row.bytes },
  { title: "Rate", kind: "number", cell: (row) => row.rate },
  { title: "Left", kind: "number", cell: (row) => row.left },
  { title: "Age", kind: "number", cell: (row) => row.age },
  { title: "Asked by", cell: (row) => row.by },
];

/** A row keeps its elements: what changes is only the words, so that neither focus nor selection is lost. */
function makeRow(job) {
  const row = {
    state: h("span"), bar: stackedBar(), hosts: h("span"), bytes: h("span"), rate: h("span"), left: h("span"),
      age: h("time", { datetime: job.created_at }),
    by: job.policy ? link(["policies", job.policy], `policy ${job.policy}`) : job.requested_by ?? "–",
    what: h("span", { class: "what" }, link(["jobs", job.id], h("b", null, job.aggregate), " ← ", imagesText(job)),
      h("span", { class: "note" }, jobLink(job.id),
      job.retry_of ? [" retry of ", jobLink(job.retry_of)] : null,
        job.priority !== "normal" ? ` ${job.priority} priority` : null)),
  };
  row.pace = pace();
  row.element = tableRow(COLUMNS, row);
  return row;
}

function update(row, job) {
  if (row.shown !== job.state) put(row.state, badge(job.state, job.state));
  row.shown = job.state;
  row.bar.update(job.results);
  say(row.hosts, `${number(job.hosts.done)} / ${number(job.hosts.total)}`);
  say(row.bytes, bytes(job.bytes.done));
  const speed = row.pace.of(job);
  say(row.rate, speed.bytesPerSecond > 0 ? rate(speed.bytesPerSecond) : "–");
  say(row.left, isOpen(job) ? (speed.secondsLeft === null ? "…" : duration(speed.secondsLeft)) : "–");
  say(row.age, ago(job.created_at));
  row.age.title = moment(job.created_at);
}

/** Shows the list. */
export async function show(main, _, { signal }) {
  document.title = "Jobs – Precache";
  const filter = { state: "", aggregate: "" };
  const rows = new Map();
  let wanted = PAGE;
  const body = h("tbody");
  const list = h("div", { class: "scroll" }, h("table", { class: "jobs" },
    h("caption", { class: "unseen" }, "Jobs, the newest first"),
    h("thead", null, h("tr", null, COLUMNS.map(
      (column) => h("th", { scope: "col", class: column.kind }, column.title)))), body));
  const nothing = h("p", { class: "empty", hidden: true });
  const more = h("button", { type: "button", hidden: true, onclick: () => { wanted += PAGE; refresh(); } },
    "Older jobs");
  const summary = h("p", { class: "lead", role: "status" });

  async function refresh() {
    const jobs = [];
    let after = null;
    do {
      const page = await get(query("/v1/jobs", { ...filter, limit: Math.min(1000, wanted - jobs.length), after }),
        signal);
      jobs.push(...page.jobs);
      after = page.next;
    } while (after !== null && jobs.length < wanted);
    const elements = jobs.map((job) => {
      if (!rows.has(job.id)) rows.set(job.id, makeRow(job));
      const row = rows.get(job.id);
      update(row, job);
      return row.element;
    });
    if (elements.length !== body.children.length
      || elements.some((element, index) => body.children[index] !== element)) put(body, elements);
    list.hidden = jobs.length === 0;
    nothing.hidden = jobs.length > 0;
    put(nothing, filter.state || filter.aggregate ? "No job is like that."
      : ["No jobs yet. This starts one: ", h("code", null, "precache cache AGGREGATE IMAGE")]);
    more.hidden = after === null;
    const open = jobs.filter(isOpen).length;
    say(summary, open === 0 ? "No job is under way." : `${number(open)} under way.`);
  }

  let typing = null;
  put(main, h("div", { class: "head" }, h("h1", null, "Jobs"), summary, h("div", { class: "controls" },
    choice("State", [["", "all"], ...STATES.map((state) => [state, state])], "",
      (state) => { filter.state = state; refresh(); }),
    search("Aggregate", "", (text) => {
      filter.aggregate = text.trim();
      clearTimeout(typing);
      typing = setTimeout(refresh, 250);
    }))), list, nothing, more);
  list.hidden = true;
  await refresh();
  again(2000, signal, refresh);
}
