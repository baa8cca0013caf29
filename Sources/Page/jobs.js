/** The list of jobs, the newest first, as they go on. */

import { again, at, each, get, Problem, query } from "./api.js";
import { jobLink, stackedBar } from "./bars.js";
import { badge, choice, h, link, put, say, search, tableRow } from "./dom.js";
import { pace } from "./pace.js";
import { watch } from "./stream.js";
import { ago, bytes, duration, isOpen, moment, number, rate } from "./text.js";

const STATES = ["queued", "running", "succeeded", "partial", "failed", "cancelled"];
const STATE_EVENTS = new Set(["accepted", "started", "finished"]);
const PAGE = 50, FEW = 20;
const REST = 400; // milliseconds between two looks at what has changed

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
  const filter = { state: "", aggregate: "" };
  const rows = new Map();
  let jobs = [], older = null, wanted = PAGE, round = 0;
  const body = h("tbody");
  const list = h("div", { class: "scroll", hidden: true }, h("table", { class: "jobs" },
    h("caption", { class: "unseen" }, "Jobs, the newest first"),
    h("thead", null, h("tr", null, COLUMNS.map(
      (column) => h("th", { scope: "col", class: column.kind }, column.title)))), body));
  const nothing = h("p", { class: "empty", hidden: true });
  const more = h("button", { type: "button", hidden: true, onclick: () => { wanted += PAGE; tried(readAll()); } },
    "Older jobs");
  const summary = h("p", { class: "lead", role: "status" }), live = h("span", { class: "live", role: "status" });

  /** Nobody waits for this: what goes wrong is said where the list would stand. */
  function tried(work) {
    return work.catch((error) => {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 400) draw(error.message);
    });
  }

  async function readAll() {
    const mine = (round += 1);
    const found = [];
    let after = null;
    do {
      const page = await get(query("/v1/jobs", { ...filter, limit: Math.min(1000, wanted - found.length), after }),
        signal);
      found.push(...page.jobs);
      after = page.next;
    } while (after !== null && found.length < wanted);
    if (mine !== round) return;
    jobs = found;
    older = after;
    changed.forget();
    draw();
  }

  /** Takes what a job is now: in its place, in a new one, or out of the list. */
  function take(job) {
    const index = jobs.findIndex(({ id }) => id === job.id);
    const fits = (filter.state === "" || job.state === filter.state)
      && (filter.aggregate === "" || job.aggregate === filter.aggregate);
    if (index >= 0 && fits) jobs[index] = job;
    else if (index >= 0) jobs.splice(index, 1);
    else if (fits && (older === null || job.created_at > jobs.at(-1).created_at)) {
      const next = jobs.findIndex(({ created_at: time }) => time < job.created_at);
      jobs.splice(next < 0 ? jobs.length : next, 0, job);
    } else changed.leaveOut(job.id);
  }

  const changed = changes(signal, tried, async (ids) => {
    // Where much happens the whole list is less to ask for.
    if (ids.length > FEW) return readAll();
    const mine = round;
    await each(ids, 4, async (id) => {
      try {
        const { job } = await get(at("v1", "jobs", id), signal);
        if (mine === round) take(job);
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
        jobs = jobs.filter((job) => job.id !== id);
      }
    });
    return mine === round ? draw() : null;
  });

  function draw(problem) {
    const elements = jobs.map((job) => {
      if (!rows.has(job.id)) rows.set(job.id, makeRow(job));
      const row = rows.get(job.id);
      if (row.job !== job) update(row, job);
      return row.element;
    });
    if (elements.length !== body.children.length
      || elements.some((element, index) => body.children[index] !== element)) put(body, elements);
    list.hidden = jobs.length === 0 || problem !== undefined;
    nothing.hidden = !list.hidden;
    put(nothing, problem ?? (filter.state || filter.aggregate ? "No job is like that."
      : ["No jobs yet. This starts one: ", h("code", null, "precache cache AGGREGATE IMAGE")]));
    more.hidden = older === null;
    const open = jobs.filter(isOpen).length;
    say(summary, open === 0 ? "No job is under way." : `${number(open)} under way.`);
  }

  let typing = null;
  put(main, h("div", { class: "head" }, h("h1", null, "Jobs"), summary, live, h("div", { class: "controls" },
    choice("State", [["", "all"], ...STATES.map((state) => [state, state])], "",
      (state) => { filter.state = state; tried(readAll()); }),
    search("Aggregate", "", (text) => {
      filter.aggregate = text.trim();
      clearTimeout(typing);
      typing = setTimeout(() => tried(readAll()), 250);
    }))), list, nothing, more);
  await readAll();
  // Bytes on their way are no events: while jobs run, what they have is asked for. Where none does, nothing is.
  again(5000, signal, async () => {
    for (const job of jobs) showAge(rows.get(job.id), job);
    for (const job of jobs) if (job.state === "running") changed.note(job.id);
  });
  tried(watch("/v1/events", {
    signal,
    isLast: () => false,
    state(state) {
      say(live, state === "lost" ? "reconnecting" : "live");
      live.className = `live is-${state}`;
    },
    begin: () => tried(readAll()),
    take(event) {
      const told = JSON.parse(event.data);
      if (filter.aggregate === "" || told.aggregate === filter.aggregate) changed.note(told.job_id,
        STATE_EVENTS.has(told.type));
    },
  }));
}

/** Jobs that something happened to, to be read anew: soon, and not more often than is pleasant to look at. */
function changes(signal, tried, read) {
  const waiting = new Set(), leftOut = new Set();
  let timer = null, isReading = false;
  function wake() {
    if (timer !== null || isReading || waiting.size === 0 || signal.aborted) return;
    timer = setTimeout(async () => {
      timer = null;
      isReading = true;
      const ids = [...waiting];
      waiting.clear();
      await tried(read(ids));
      isReading = false;
      wake();
    }, REST);
  }
  return {
    note(id, isState = false) {
      if (leftOut.has(id) && !isState) return;
      waiting.add(id);
      wake();
    },
    /** It isn't shown: only a change of its state can bring it in. */
    leaveOut: (id) => leftOut.add(id),
    forget: () => leftOut.clear(),
  };
}
