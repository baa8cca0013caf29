/** The service itself: its controllers, the sources it asks, its webhooks, its agents by version. */

import { again, get, pages } from "./api.js";
import { badge, h, put, putAgain, section, table } from "./dom.js";
import { countBars } from "./fleet.js";
import { gauges } from "./metrics.js";
import { ago, byName, count, moment, number } from "./text.js";

const CONTROLLERS = [
  { title: "Controller", cell: (entry) => [h("b", null, entry.name),
    entry.answering ? h("span", { class: "note" }, " answers you") : null] },
  { title: "Version", cell: (entry) => entry.version },
  { title: "Open jobs", kind: "number", cell: (entry) => number(entry.open_jobs) },
  { title: "Heard of", kind: "number", cell: (entry) => `${entry.beat_age_seconds.toFixed(1)} s ago` },
  { title: "Clock", kind: "number", cell: (entry) =>
    `${entry.clock_offset_seconds >= 0 ? "+" : "−"}${Math.abs(entry.clock_offset_seconds).toFixed(3)} s` },
  { title: "Since", kind: "number", cell: (entry) => ago(entry.started_at) },
];

const WEBHOOKS = [
  { title: "State", cell: (hook) => badge(hook.state === "disabled" ? "unsupported" : hook.state, hook.state) },
  { title: "Webhook", cell: (hook) => h("b", null, hook.name) },
  { title: "To", kind: "wide", cell: (hook) => [h("span", { class: "id" }, hook.url), troubleOf(hook)] },
  { title: "Delivered", kind: "number", cell: (hook) => number(hook.delivered) },
  { title: "Waiting", kind: "number", cell: (hook) => number(hook.waiting) },
  { title: "Given up", kind: "number", cell: (hook) => number(hook.dropped) },
  { title: "Last", kind: "number", cell: (hook) => ago(hook.last_delivery_at) },
];

function troubleOf(hook) {
  if (hook.paused_reason) return h("div", { class: "problem" },
    `paused ${moment(hook.paused_at)}: ${hook.paused_reason}`);
  if (hook.state === "failing") return h("div", { class: "problem" },
    `failing since ${moment(hook.failing_since)}: ${hook.last_error ?? "unknown"}`);
  return null;
}

const SOURCES = [
  { title: "Source", kind: "wide", cell: (source) => h("span", { class: "id" }, source.name) },
  { title: "Downloads now", kind: "number", cell: (source) => number(source.value) },
];

/** Shows it. */
export async function show(main, _, { signal }) {
  document.title = "Service – Precache";
  const place = h("div");
  async function renew() {
    const [{ controllers }, metrics] = await Promise.all([get("/v1/controllers", signal), get("/metrics", signal)]);
    const webhooks = [];
    for await (const page of pages("/v1/webhooks", "webhooks", {}, signal)) webhooks.push(...page);
    const sources = gauges(metrics, "precached_source_downloads").map(
      ({ labels, value }) => ({ name: labels.source ?? "", value }));
    const agents = gauges(metrics, "precached_agents").map(({ labels, value }) => [labels.version ?? "", value]);
    const all = agents.reduce((sum, [, value]) => sum + value, 0);
    putAgain(place,
      section("Controllers", table("Controllers", CONTROLLERS, controllers)),
      section("Webhooks", table("Webhooks", WEBHOOKS, webhooks,
        ["Nobody is told of jobs. This adds a webhook: ", h("code", null, "precache webhook set NAME --url URL")])),
      h("div", { class: "halves" },
        section("Sources", table("Sources", SOURCES, sources.sort((one, other) => other.value - one.value),
          "No host downloads from a source at the moment.")),
        section("Agents by version", agents.length === 0 ? h("p", { class: "note" }, "No agent was heard of yet.")
          : [h("p", { class: "note" }, count(all, "agent")),
          countBars(agents.sort((one, other) => byName(other[0], one[0])), all)])));
  }
  put(main, h("div", { class: "head" }, h("h1", null, "Service")), place);
  await renew();
  again(10000, signal, renew);
}
