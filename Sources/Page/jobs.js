/** The list of jobs, the newest first, as they go on. */

import { again, at, each, get, Problem, query } from "./api.js";
import { jobLink, stackedBar } from "./bars.js";
import { badge, choice, h, link, put, say, search, tableRow } from "./dom.js";
import { pace } from "./pace.js";
import { reads } from "./reads.js";
import { watch } from "./stream.js";
import { ago, bytes, duration, isOpen, moment, number, rate } from "./text.js";

const STATES = ["queued", "running", "succeeded", "partial", "failed", "cancelled"];
/** A job's state changes with these. What its hosts come to is asked for while it runs, and not told of each. */
const EVENTS = "/v1/events?type=accepted&type=started&type=finished&type=cancel_requested";
const PAGE = 50;
const EVERY = 2000; // milliseconds

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
  showAge(row, job);
  row.job = job;
}

function showAge(row, job) {
  say(row.age, ago(job.created_at));
  row.age.title = moment(job.created_at);
}

/** Shows the list: read once, then told by the stream of all jobs' events of what to read anew. */
export async function show(main, _, { signal }) {
  document.title = "Jobs – Precache";
  const rows = new Map();
  let filter = { state: "", aggregate: "", policy: "" };
  let jobs = [], hasOlder = false, wanted = PAGE;
  const body = h("tbody");
  const list = h("div", { class: "scroll", hidden: true }, h("table", { class: "jobs" },
    h("caption", { class: "unseen" }, "Jobs, the newest first"),
    h("thead", null, h("tr", null, COLUMNS.map(
      (column) => h("th", { scope: "col", class: column.kind }, column.title)))), body));
  const nothing = h("p", { class: "empty", hidden: true });
  const more = h("button", { type: "button", hidden: true, onclick: () => { wanted += PAGE; due.all(); } },
    "Older jobs");
  const summary = h("p", { class: "lead", role: "status" }), live = h("span", { class: "live", role: "status" });

  const due = reads({
    signal,
    async all(until) {
      const found = [];
      let after = null;
      do {
        const page = await get(query("/v1/jobs", { ...filter, limit: Math.min(1000, wanted - found.length), after }),
          until);
        found.push(...page.jobs);
        after = page.next;
      } while (after !== null && found.length < wanted);
      jobs = found;
      hasOlder = after !== null;
      draw();
    },
    async some(ids, until) {
      const found = new Map();
      await each(ids, 4, async (id) => found.set(id, await find(id, until)));
      for (const [id, job] of found) take(id, job);
      if (jobs.length > wanted) {
        jobs.length = wanted;
        hasOlder = true;
      }
      // Older ones come up where others went.
      if (hasOlder && jobs.length < wanted) due.all();
      else draw();
    },
    refused: (problem) => draw(problem.message),
  });

  /** Takes what a job is now, null if it is no more: in its place, in a new one, or out of the list. */
  function take(id, job) {
    const index = jobs.findIndex((entry) => entry.id === id);
    const fits = job !== null
      && Object.entries(filter).every(([field, value]) => value === "" || job[field] === value);
    if (index >= 0) return jobs.splice(index, 1, ...(fits ? [job] : []));
    const next = fits ? jobs.findIndex(({ created_at: time }) => time < job.created_at) : -1;
    if (next >= 0) jobs.splice(next, 0, job);
    else if (fits && !hasOlder) jobs.push(job);
  }

  function draw(problem) {
    const shown = new Set(jobs.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (shown.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    // What stands in its place stays there: an element that is moved loses the focus.
    let place = body.firstElementChild;
    for (const job of jobs) {
      if (!rows.has(job.id)) rows.set(job.id, makeRow(job));
      const row = rows.get(job.id);
      if (row.job !== job) update(row, job);
      if (row.element === place) place = place.nextElementSibling;
      else body.insertBefore(row.element, place);
    }
    list.hidden = jobs.length === 0 || problem !== undefined;
    nothing.hidden = !list.hidden;
    put(nothing, problem ?? (Object.values(filter).some(Boolean) ? "No job is like that."
      : ["No jobs yet. This starts one: ", h("code", null, "precache cache AGGREGATE IMAGE")]));
    more.hidden = !hasOlder;
    const open = jobs.filter(isOpen).length;
    say(summary, open === 0 ? "No job is under way." : `${number(open)} under way.`);
  }

  function choose(fields) {
    filter = { ...filter, ...fields };
    due.all();
  }

  put(main, h("div", { class: "head" }, h("h1", null, "Jobs"), summary, live, h("div", { class: "controls" },
    choice("State", [["", "all"], ...STATES.map((state) => [state, state])], "", (state) => choose({ state })),
    search("Aggregate", 250, (aggregate) => choose({ aggregate })),
    search("Policy", 250, (policy) => choose({ policy })))), list, nothing, more);
  due.all();
  // Bytes on their way are no events: while jobs run, what they have is asked for. Where none does, nothing is.
  again(EVERY, signal, async () => {
    for (const row of rows.values()) {
      showAge(row, row.job);
      if (row.job.state === "running") due.one(row.job.id);
    }
  });
  await watch(EVENTS, {
    signal,
    state(state) {
      say(live, state === "lost" ? "reconnecting" : "live");
      live.className = `live is-${state}`;
    },
    begin: () => due.all(),
    take(event) {
      const told = JSON.parse(event.data);
      if (filter.aggregate === "" || told.aggregate === filter.aggregate) due.one(told.job_id);
    },
  });
}

/** A job as it is now; null if it is no more. */
async function find(id, signal) {
  try {
    return (await get(at("v1", "jobs", id), signal)).job;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
