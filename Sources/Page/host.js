/** One host: whether it lives, how full it is, what it holds and why that stays, what became of its last images. */

import { again, at, get, pages, Problem } from "./api.js";
import { jobLink } from "./bars.js";
import { badge, facts, h, link, prose, put, putAgain, putProblem, section, table } from "./dom.js";
import { stateBadge } from "./fleet.js";
import { remedy } from "./reasons.js";
import { ago, bytes, duration, moment, number, percent, took, words } from "./text.js";

const KEPT = {
  in_use: "in use", pinned: "a job keeps it", leased: "a policy keeps it",
    usage_unknown: "it can't be told who uses it", nova_file: "it is Nova's",
  removal_off: "nothing is removed for its age", young: "used too lately", age_unknown: "its times make no sense",
    busy: "somebody has it in hand",
};

/** What to do about a host that says nothing. */
const SILENT = {
  down: remedy("host_down"),
  unknown: "is its agent running, and are `service.url` and `service.token_file` in its settings? Jobs are tried there "
    + "all the same, by its address",
};

const EVERY = 10000, FILES_EVERY = 30000; // milliseconds; its agent is asked for files, and reads its disk for them

/** Shows it. */
export async function show(main, [name], { signal }) {
  document.title = `${name} – Precache`;
  const where = at("v1", "hosts", name);
  const place = h("div"), cache = h("div", null, section("Files",
    h("p", { class: "note" }, "Asking its agent …")));
  async function renew() {
    putAgain(place, overview(await get(where, signal)));
  }
  await renew();
  put(main, h("p", { class: "crumbs" }, h("a", { href: "#/hosts" }, "Hosts"), " / ",
    h("span", { class: "id" }, name)), place, cache);
  again(EVERY, signal, renew, (problem) => putProblem(place, problem));
  await showFiles(cache, where, signal);
  again(FILES_EVERY, signal, () => showFiles(cache, where, signal));
}

function overview({ host, aggregates, images, relay, recent_results: results, refused_heartbeats: refused }) {
  const beat = host.heartbeat;
  const labels = Object.entries(host.labels).map(([key, value]) => `${key}=${value}`).join("  ");
  return [
    h("div", { class: "head" }, h("h1", null, host.name),
      stateBadge(host), host.disabled_reason ? h("span", { class: "note" }, host.disabled_reason)
        : null),
    refused ? h("p", { class: "problem" },
      `Heartbeats in its name are refused (${words(refused.cause)}): ${number(refused.heartbeats)} from `,
      `${refused.address}, the last ${ago(refused.last_at)}.`) : null,
    host.enabled && SILENT[host.state] && !refused
      ? h("p", { class: "remedy" }, h("b", null, "Do: "), prose(SILENT[host.state])) : null,
    facts([
      ["Heartbeat", beat ? `${duration(beat.age_seconds)} ago, every ${duration(beat.interval_seconds)}`
        : "none yet"], ["Agent", beat?.version],
      ["Address", h("span", { class: "id" }, `${host.address}:${host.port}`)],
        ["Aggregates", aggregates.length > 0 ? aggregates.map(
        (entry, index) => [index > 0 ? ", " : "", link(["coverage", entry], entry)]) : "none"],
      ["Labels", labels], ["Tasks", beat ? number(beat.tasks) : null],
      ["Exchanges images", relay.out_until ? `kept out until ${moment(relay.out_until)}${relay.why ? `: ${relay.why}`
        : ""}` : relay.capable ? "yes"
        : beat ? "no" : null],
    ]),
    h("div", { class: "halves" },
      section("Disk of the cache", beat ? diskBar(beat)
        : h("p", { class: "note" }, "Nothing is known before its first heartbeat.")),
      section("Images", table("Images", IMAGES, images, "It holds none, as far as is known."))),
    section("Last results", table("Last results", RESULTS, results, "No job has asked it for anything lately.")),
  ];
}

const IMAGES = [
  { title: "Image", cell: (image) => h("span", { class: "id" }, image.id) },
  { title: "Size", kind: "number", cell: (image) => bytes(image.size_bytes) },
  { title: "State", cell: (image) => (image.damaged ? badge("damaged", "damaged") : image.verified
    ? badge("cached", "verified") : badge("unsupported", "not verified")) },
];

const RESULTS = [
  { title: "Image", cell: (row) => h("span", { class: "id" }, row.image_id) },
  { title: "Outcome", cell: (row) => badge(row.outcome, row.outcome) },
  { title: "Why", kind: "wide", cell: (row) => (
    row.reason ? [h("b", null, words(row.reason)), row.detail ? `: ${row.detail}` : ""] : "") },
  { title: "Took", kind: "number", cell: (row) => (
    row.started_at && row.finished_at ? took((Date.parse(row.finished_at) - Date.parse(row.started_at)) / 1000)
    : "–") },
  { title: "Ended", kind: "number", cell: (row) => ago(row.finished_at) },
  { title: "Job", cell: (row) => jobLink(row.job_id) },
];

function diskBar({ disk, cache }) {
  const total = Math.max(1, disk.total_bytes), used = Math.max(0, disk.total_bytes - disk.free_bytes),
    held = Math.min(cache.bytes, used);
  const part = (kind, size) => h("span", { class: kind, style: { width: `${(100 * size) / total}%` } });
  const entry = (kind, text, size) => [h("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
    `${text} ${bytes(size)} (${percent(size / total)})`];
  return [
    h("div", { class: "disk", role: "img",
      "aria-label": `${percent(disk.free_bytes / total)} of ${bytes(disk.total_bytes)} free` }, part("cache", held),
      part("other", used - held)),
    h("p", null, entry("cache", "cache", held), "  ", entry("other", "other", used - held), "  ",
      entry("free", "free", disk.free_bytes)),
    cache.damaged > 0 ? h("p", { class: "problem" }, `${number(cache.damaged)} damaged`) : null,
  ];
}

async function showFiles(place, where, signal) {
  const files = [];
  let whole = null;
  try {
    whole = (await get(`${where}/cache`, signal)).cache;
    files.push(...whole.files);
    if (whole.next) for await (const page of morePages(where, whole.next, signal)) files.push(...page);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    put(place, section("Files", h("p", { class: "problem" }, "Its agent was asked and didn't tell: ", error.message)));
    return;
  }
  putAgain(place, section("Files", table("Files", FILES, files, "Its cache is empty.")),
    whole.removals.length > 0
      ? section("Went lately", table("Removals", REMOVALS, whole.removals.slice(0, 20))) : null);
}

async function* morePages(where, next, signal) {
  let after = next;
  while (after !== null && after !== undefined) {
    const { cache } = await get(`${where}/cache?after=${encodeURIComponent(after)}`, signal);
    yield cache.files;
    after = cache.next;
  }
}

const FILES = [
  { title: "Image", cell: (file) => h("span", { class: "id", title: file.name }, file.image_id ?? file.name) },
  { title: "Kind", cell: (file) => file.kind },
  { title: "Size", kind: "number", cell: (file) => bytes(file.size_bytes) },
  { title: "On disk", kind: "number", cell: (file) => bytes(file.disk_bytes) },
  { title: "Digest", cell: (file) => (file.scrub.state === "damaged" ? badge("damaged", "damaged") : file.verified
    ? badge("cached", "verified") : badge("unsupported", "not verified")) },
  { title: "Users", kind: "wide", cell: (file) => usersText(file.users) },
  { title: "Stays because", kind: "wide", cell: (file) => keptText(file) },
  { title: "Used", kind: "number", cell: (file) => (file.last_used_at ? ago(file.last_used_at) : "unknown") },
];

function usersText(users) {
  const names = [...users.disk_names, ...users.process_names];
  const hidden = users.disks + users.processes - names.length;
  if (names.length === 0) return users.other_names ? "another name of the file" : "nobody";
  return [names.map((name) => h("div", { class: "id" }, name)), hidden > 0 ? `and ${hidden} more` : null];
}

function keptText(file) {
  if (file.kept === null) return "the next sweep may remove it";
  const until = file.kept_until ? `, until ${moment(file.kept_until)}` : "";
  return `${KEPT[file.kept] ?? words(file.kept)}${file.kept === "leased" && file.policies.length > 0
    ? ` (${file.policies.join(", ")})` : ""}${until}`;
}

const REMOVALS = [
  { title: "Image", cell: (file) => h("span", { class: "id", title: file.name }, file.image_id ?? file.name) },
  { title: "Why", cell: (file) => words(file.reason) },
  { title: "On disk", kind: "number", cell: (file) => bytes(file.disk_bytes) },
  { title: "When", kind: "number", cell: (file) => ago(file.at) },
];
