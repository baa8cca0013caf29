/** Standing orders: how far each is carried out, and what holds it up. */

import { again, at, get, pages, Problem, query } from "./api.js";
import { hostLink, jobLink, stackedBar } from "./bars.js";
import { badge, facts, h, link, meter, prose, put, putAgain, putProblem, section, table } from "./dom.js";
import { imagesText } from "./jobs.js";
import { remedy } from "./reasons.js";
import { historyOf, spark } from "./spark.js";
import { ago, count, duration, isOpen, moment, number, percent, words, zone } from "./text.js";

const JOBS = 10; // of its own that a policy shows

const kindOf = (fraction) => (fraction >= 1 ? "good" : "mid");

/** An image that a policy names, or the channel that it follows. */
function orderText(order) {
  if (order.id) return order.id;
  const { name, tag, property } = order.newest;
  const channel = name ?? (tag ? `tag ${tag}`
    : Object.entries(property).map(([key, value]) => `${key}=${value}`).join());
  return `newest${(order.count ?? 1) > 1 ? ` ${order.count}` : ""} of ${channel}`;
}

const COLUMNS = [
  { title: "State", cell: (policy) => badge(policy.status.state, policy.status.state) },
  { title: "Policy", cell: (policy) => link(["policies", policy.name], h("b", null, policy.name)) },
  { title: "Warm", kind: "bar", cell: (policy) => meter(policy.status.fraction, percent(policy.status.fraction),
    kindOf(policy.status.fraction)) },
  { title: "Lacking", kind: "number", cell: (policy) => (
    policy.status.missing_hosts === 0 ? "–" : count(policy.status.missing_hosts, "host")) },
  { title: "Wants", kind: "wide", cell: (policy) => [policy.spec.images.map(orderText).join(", "),
    h("div", { class: "note" }, `on ${policy.spec.aggregates.join(", ")}`)] },
  { title: "Held up by", kind: "wide", cell: (policy) => holdsInShort(policy.status) },
  { title: "Next", kind: "number", cell: (policy) => nextText(policy.status) },
];

function holdsInShort(status) {
  if (status.held_up_by.length === 0) return status.state === "waiting" ? "its window" : "–";
  return status.held_up_by.map((hold) => h("div", null, words(hold.what),
    hold.hosts > 0 ? ` on ${count(hold.hosts, "host")}` : ""));
}

function nextText(status) {
  const next = status.next_window_at ?? status.next_run_at;
  return next ? ago(next) : "–";
}

/** Shows all policies, or one. */
export async function show(main, [name], { signal }) {
  return name ? showOne(main, name, signal) : showAll(main, signal);
}

async function showAll(main, signal) {
  document.title = "Policies – Precache";
  const place = h("div"), lead = h("p", { class: "lead" });
  put(main, h("div", { class: "head" }, h("h1", null, "Policies"), lead), place);
  async function renew() {
    const policies = [];
    for await (const page of pages("/v1/policies", "policies", {}, signal)) policies.push(...page);
    const held = policies.filter((policy) => policy.status.state === "held").length;
    put(lead, policies.length === 0 ? "" : held > 0 ? `${number(held)} of ${number(policies.length)} held up`
      : "None is held up.");
    putAgain(place, table("Policies", COLUMNS, policies,
      ["No policy yet. This makes one: ", h("code", null, "precache policy apply FILE")]));
  }
  await renew();
  again(10000, signal, renew);
}

async function showOne(main, name, signal) {
  document.title = `${name} – Precache`;
  const where = at("v1", "policies", name);
  const place = h("div");
  async function renew() {
    const { policy } = await get(where, signal);
    putAgain(place, details(policy, await jobsOf(name, signal), await historyOf(where, signal)));
  }
  await renew();
  put(main, h("p", { class: "crumbs" }, h("a", { href: "#/policies" }, "Policies"), " / ", name), place);
  again(10000, signal, renew, (problem) => putProblem(place, problem));
}

/** The jobs that it made, the newest first; null where a controller is too old to tell them apart. */
async function jobsOf(policy, signal) {
  try {
    return (await get(query("/v1/jobs", { policy, limit: JOBS }), signal)).jobs;
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return null;
    throw error;
  }
}

function details({ name, spec, status }, jobs, history) {
  const windows = spec.windows.map((window_) => h("div", null, h("code", null, window_.cron),
    ` for ${window_.hours} h, ${window_.timezone}`));
  return [
    h("div", { class: "head" }, h("h1", null, name), badge(status.state, status.state),
      meter(status.fraction, percent(status.fraction), kindOf(status.fraction))),
    facts([
      ["Aggregates", spec.aggregates.map((aggregate, index) => [index > 0 ? ", " : "",
        link(["coverage", aggregate], aggregate)])],
      ["Wants", spec.images.map(orderText).join(", ")],
        ["Lacking", status.missing_hosts > 0 ? count(status.missing_hosts, "host") : "no host"],
      ["Windows", windows.length > 0 ? windows : "always"],
        ["When a window closes", windows.length > 0
        ? (spec.at_window_end === "pause" ? "jobs pause" : "jobs go on to their end") : null],
      ["Superseded images are", { unpin: "no longer kept", keep: "kept", remove: "removed" }[spec.superseded]],
      ["Priority", spec.priority === "normal" ? null : spec.priority],
        ["Hosts at once", spec.parallelism === null ? null : String(spec.parallelism)],
      ["Last job made", ago(status.last_run_at)],
      ["Next window", status.next_window_at
        ? `${moment(status.next_window_at)} (${zone()}), ${ago(status.next_window_at)}` : null],
      ["Next job due", status.next_run_at ? ago(status.next_run_at) : null],
        ["Ends", spec.expires_at ? moment(spec.expires_at) : null],
      ["Open jobs", status.open_jobs.length > 0
        ? status.open_jobs.map((id, index) => [index > 0 ? ", " : "", jobLink(id)]) : null],
    ]),
    h("div", { class: "halves" },
      section("What holds it up", status.held_up_by.length === 0
        ? h("p", { class: "note" }, status.state === "waiting" ? "Nothing but its window." : "Nothing.")
        : h("ul", { class: "reasons" }, status.held_up_by.map(hold))),
      section("Images", imageTable(spec, status)),
      history.length > 1 ? section("How warm it was", spark(history, (entry) => entry.status.fraction, { status }))
        : null),
    jobs === null ? null : section("Its last jobs",
      table("Its last jobs", MADE, jobs, "It has made none yet, or none that is still kept.")),
  ];
}

const MADE = [
  { title: "State", cell: (job) => badge(job.state, job.state) },
  { title: "Job", kind: "wide", cell: (job) => [job.aggregate, " ← ", imagesText(job), " ", jobLink(job.id)] },
  { title: "Outcomes", kind: "bar", cell: outcomes },
  { title: "Hosts", kind: "number", cell: (job) => `${number(job.hosts.done)} / ${number(job.hosts.total)}` },
  { title: "Made", kind: "number", cell: (job) => ago(job.created_at) },
  { title: "Took", kind: "number", cell: (job) => (isOpen(job) ? "–" : duration(job.elapsed_seconds)) },
];

function outcomes(job) {
  const bar = stackedBar();
  bar.update(job.results);
  return bar.element;
}

function imageTable(spec, status) {
  const first = spec.aggregates[0];
  return table("Images", [
    { title: "Image", cell: (image) => link(["coverage", first, image.image_id],
      h("span", { class: "id" }, image.image_id)) },
    { title: "Newest of", cell: (image) => (image.newest ? `${image.newest}, since ${moment(image.since)}` : "–") },
    { title: "Warm", kind: "bar", cell: (image) => meter(image.fraction, percent(image.fraction),
      kindOf(image.fraction)) },
  ], status.images, "It means no image now.");
}

function hold(entry) {
  const advice = remedy(entry.what);
  return h("li", null, h("h3", null, entry.hosts > 0 ? h("span", { class: "count" }, number(entry.hosts)) : null,
    words(entry.what)),
    h("p", null, entry.detail, entry.example ? [" – ", hostLink(entry.example),
      entry.image_id ? [", ", h("span", { class: "id" }, entry.image_id)] : null,
      entry.job_id ? [" (", jobLink(entry.job_id), ")"] : null] : null),
    entry.until ? h("p", { class: "note" }, `asked again ${ago(entry.until)}`) : null,
    advice && advice !== "nothing" ? h("p", { class: "remedy" }, h("b", null, "Do: "), prose(advice)) : null);
}
