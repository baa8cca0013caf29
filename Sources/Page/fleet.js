/** All hosts: how they are, what their agents run, how full their disks are, and a list to search in. */

import { again, get, pages, query } from "./api.js";
import { hostLink } from "./bars.js";
import { badge, choice, h, meter, put, putAgain, s, say, search, section, table } from "./dom.js";
import { ago, bytes, byName, count, number, percent, words } from "./text.js";

const STEP = 100;
const EVERY = 60000; // milliseconds: thousands of hosts are much to read

const COLUMNS = [
  { title: "Host", cell: (host) => hostLink(host.name) },
  { title: "State", cell: stateBadge },
  { title: "Heard of", kind: "number", cell: (host) => (host.heartbeat ? ago(host.heartbeat.at) : "never") },
  { title: "Disk", kind: "bar", cell: (host) => diskMeter(host.heartbeat) },
  { title: "Free", kind: "number", cell: (host) => (host.heartbeat ? bytes(host.heartbeat.disk.free_bytes) : "–") },
  { title: "Images", kind: "number", cell: (host) => (host.heartbeat ? number(host.heartbeat.cache.images) : "–") },
  { title: "Agent", cell: (host) => host.heartbeat?.version ?? "–" },
  { title: "Labels", kind: "wide", cell: (host) => h("span", { class: "note" },
    Object.entries(host.labels).map(([key, value]) => `${key}=${value}`).join("  ")) },
];

/** A host's state in a word or three. */
export function stateBadge(host) {
  if (!host.enabled) return badge("unsupported", "disabled");
  return host.state === "unknown" ? badge("pending", "never heard of") : badge(host.state, host.state);
}

function diskMeter(heartbeat) {
  if (!heartbeat || heartbeat.disk.total_bytes === 0) return "–";
  const used = 1 - heartbeat.disk.free_bytes / heartbeat.disk.total_bytes;
  return meter(used, percent(used), used > 0.9 ? "low" : "mid");
}

/** Shows them. */
export async function show(main, _, { signal }) {
  document.title = "Hosts – Precache";
  let hosts = [];
  const wanted = { text: "", state: "", limit: STEP };
  const lead = h("p", { class: "lead", role: "status" }), summary = h("div", { class: "thirds" }), place = h("div"),
    refused = h("div"), found = h("p", { class: "hint", role: "status" });
  const more = h("button", { type: "button", onclick: () => { wanted.limit += 4 * STEP; list(); } }, "More");

  function list() {
    const text = wanted.text.toLowerCase();
    const fits = (host) => (wanted.state === ""
      || (wanted.state === "disabled" ? !host.enabled : wanted.state === "full" ? isFull(host) : host.enabled
      && host.state === wanted.state))
      && (text === "" || host.name.toLowerCase().includes(text)
        || Object.entries(host.labels).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(text)));
    const fitting = hosts.filter(fits);
    say(found, fitting.length > wanted.limit ? `${number(wanted.limit)} of ${number(fitting.length)}`
      : number(fitting.length));
    putAgain(place, table("Hosts", COLUMNS, fitting.slice(0, wanted.limit), hosts.length === 0
      ? ["No hosts yet. This brings them in: ", h("code", null, "precache inventory apply FILE")]
        : "No host is like that."));
    more.hidden = fitting.length <= wanted.limit;
  }

  put(main, h("div", { class: "head" }, h("h1", null, "Hosts"), lead), summary, refused,
    h("div", { class: "head" }, h("h2", null, "All hosts"), found, h("div", { class: "controls" },
      choice("State", [["", "all"], ["up", "up"], ["down", "down"], ["unknown", "never heard of"],
        ["disabled", "disabled"], ["full", "disk over 90 %"]], "",
        (value) => { wanted.state = value; wanted.limit = STEP; list(); }),
      search("Name or label", 120, (text) => { wanted.text = text; wanted.limit = STEP; list(); }))), place, more);

  async function renew() {
    const read = [];
    for await (const page of pages("/v1/hosts", "hosts", {}, signal)) {
      read.push(...page);
      if (hosts.length > 0) continue;
      // At first some are better than none; later all take the place of all.
      hosts = read;
      list();
    }
    hosts = read;
    say(lead, count(hosts.length, "host"));
    put(summary, section("State", stateCounts(hosts)), section("Free disk", histogram(hosts)),
      section("Agents by version", versions(hosts)));
    list();
    const { unknown } = await get(query("/v1/hosts", { unknown: true }), signal);
    put(refused, unknown?.length > 0 ? section("Heartbeats that were refused",
      table("Refused heartbeats", REFUSED, unknown)) : null);
  }

  await renew();
  again(EVERY, signal, renew);
}

const REFUSED = [
  { title: "In the name of", cell: (entry) => h("span", { class: "id" }, entry.name) },
  { title: "From", cell: (entry) => h("span", { class: "id" }, entry.address) },
  { title: "Why", cell: (entry) => words(entry.cause) },
  { title: "Times", kind: "number", cell: (entry) => number(entry.heartbeats) },
  { title: "Last", kind: "number", cell: (entry) => ago(entry.last_at) },
];

const isFull = ({ heartbeat }) => heartbeat !== null && heartbeat.disk.total_bytes > 0
  && heartbeat.disk.free_bytes < heartbeat.disk.total_bytes / 10;

/** Names with a bar and a number each, such as versions. */
export function countBars(entries, total) {
  return h("div", { class: "counts" }, entries.map(
    ([name, value]) => [h("span", null, name), h("span", { class: "track", "aria-hidden": "true" },
    h("span", { class: "filled mid", style: { width: `${(100 * value) / Math.max(1, total)}%` } })),
      h("span", { class: "number" }, number(value))]));
}

function stateCounts(hosts) {
  const of = (state) => hosts.filter((host) => host.enabled && host.state === state).length;
  return countBars([[badge("up", "up"), of("up")], [badge("down", "down"), of("down")],
    [badge("pending", "never heard of"), of("unknown")],
    [badge("unsupported", "disabled"), hosts.filter((host) => !host.enabled).length]], hosts.length);
}

function versions(hosts) {
  const counts = new Map();
  for (const host of hosts) if (host.heartbeat) counts.set(host.heartbeat.version,
    (counts.get(host.heartbeat.version) ?? 0) + 1);
  if (counts.size === 0) return h("p", { class: "note" }, "No agent was heard of yet.");
  return countBars([...counts].sort((one, other) => byName(other[0], one[0])), hosts.length);
}

/** Hosts by how much of the cache's disk is free, in tenths. */
function histogram(hosts) {
  const tenths = new Array(10).fill(0);
  let known = 0;
  for (const { heartbeat } of hosts) {
    if (!heartbeat || heartbeat.disk.total_bytes === 0) continue;
    known += 1;
    tenths[Math.min(9, Math.floor((10 * heartbeat.disk.free_bytes) / heartbeat.disk.total_bytes))] += 1;
  }
  if (known === 0) return h("p", { class: "note" }, "No agent was heard of yet.");
  const most = Math.max(...tenths), width = 420, height = 118, low = height - 18, step = width / 10;
  const text = tenths.map((value, index) => (value > 0 ? `${value} with ${index * 10} to ${index * 10 + 10} % free`
    : null)).filter(Boolean).join(", ");
  return s("svg", { class: "histogram", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `Hosts by free disk: ${text}` },
    tenths.map((value, index) => {
      const tall = value === 0 ? 0 : Math.max(1.5, (value / most) * (low - 16));
      return [s("rect", { class: index === 0 ? "low" : "", x: index * step + 2, y: low - tall, width: step - 4,
        height: tall, rx: 1.5 }),
        value > 0 ? s("text", { x: index * step + step / 2, y: low - tall - 4, "text-anchor": "middle" },
          number(value)) : null,
        s("text", { x: index * step + step / 2, y: height - 4, "text-anchor": "middle" },
          `${index * 10}${index === 9 ? "+" : ""} %`)];
    }));
}
