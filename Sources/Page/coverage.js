/** How warm aggregates are: a matrix of images and aggregates. */

import { again, at, each, get, pages, Problem } from "./api.js";
import { h, link, path, put, putAgain, putProblem, say, search } from "./dom.js";
import { byName, count, number, percent } from "./text.js";

const COLUMNS = 12; // aggregates side by side; people look for others by name
const EVERY = 15000; // milliseconds

/** The ids of all aggregates, by their names. */
async function allKeys(signal) {
  const keys = new Map();
  for await (const page of pages("/v1/aggregates", "aggregates", {}, signal)) {
    for (const { name, id } of page) keys.set(name, String(id));
  }
  return keys;
}

/** What stands for an aggregate in the API's paths: its name, or its id where an address would fold that away. */
export async function keyOf(name, signal) {
  return name === "." || name === ".." ? (await allKeys(signal)).get(name) ?? "0" : name;
}

/** Shows the matrix, or the row of one aggregate. */
export async function show(main, [only], { signal }) {
  document.title = `Coverage${only ? ` of ${only}` : ""} – Precache`;
  const wanted = { aggregate: "", image: "" };
  const place = h("div"), lead = h("p", { class: "lead", role: "status" });
  let round = 0;

  async function renew() {
    const mine = (round += 1);
    const keys = only ? new Map([[only, await keyOf(only, signal)]]) : await allKeys(signal);
    const fitting = [...keys.keys()].filter((name) => name.toLowerCase().includes(wanted.aggregate.toLowerCase()))
      .sort(byName);
    const found = new Map();
    await each(fitting.slice(0, COLUMNS), 4, async (name) => {
      try {
        const answer = await get(`${at("v1", "aggregates", keys.get(name))}/coverage`, signal);
        found.set(name, new Map(answer.coverage.map((entry) => [entry.image_id, entry])));
      } catch (error) {
        // It went since the names were read.
        if (only || !(error instanceof Problem) || error.status !== 404) throw error;
      }
    });
    if (mine !== round) return;
    const shown = [...found.keys()].sort(byName);
    say(lead, fitting.length > COLUMNS ? `${number(shown.length)} of ${count(fitting.length, "aggregate")}`
      : count(shown.length, "aggregate"));
    draw(place, shown, found, wanted.image);
  }

  function choose(fields) {
    Object.assign(wanted, fields);
    renew().catch((error) => { if (!signal.aborted) throw error; });
  }
  put(main, only ? h("p", { class: "crumbs" }, h("a", { href: "#/coverage" }, "Coverage"), " / ", only) : null,
    h("div", { class: "head" }, h("h1", null, only ?? "Coverage"), lead, h("div", { class: "controls" },
      only ? null : search("Aggregate", 200, (aggregate) => choose({ aggregate })),
      search("Image", 200, (image) => choose({ image })))), place,
    h("p", { class: "hint" },
      "The share of hosts that have the image whole and whose agents are alive; ",
      "hosts that are disabled or need no cache don't count. ",
      "A cell leads to the hosts that lack it."));
  await renew();
  again(EVERY, signal, renew, (problem) => putProblem(place, problem));
}

function draw(place, aggregates, found, text) {
  const images = new Set();
  for (const entries of found.values()) for (const image of entries.keys()) images.add(image);
  const rows = [...images].filter((image) => image.toLowerCase().includes(text.toLowerCase())).sort(byName);
  if (rows.length === 0) {
    return putAgain(place, h("p", { class: "empty" }, aggregates.length === 0 ? "No such aggregate."
      : "No host has an image yet that is like that, and no policy wants one."));
  }
  return putAgain(place, h("div", { class: "scroll" }, h("table", { class: "matrix" },
    h("caption", { class: "unseen" }, "Images by aggregate"),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Image"),
      aggregates.map((name) => h("th", { scope: "col", class: "number" }, link(["coverage", name], name))))),
    h("tbody", null, rows.map((image) => h("tr", null, h("th", { scope: "row", class: "id" }, image),
      aggregates.map((name) => cell(name, image, found.get(name)?.get(image)))))))));
}

function cell(aggregate, image, entry) {
  if (!entry) return h("td", null, h("span", { class: "none" }, "–"));
  const { hosts } = entry;
  const lack = hosts.missing + hosts.damaged;
  const notes = [lack > 0 ? `${number(lack)} ${lack === 1 ? "lacks" : "lack"} it` : null,
    hosts.stale > 0 ? `${number(hosts.stale)} down` : null].filter(Boolean);
  return h("td", { class: "warmth", style: { "--share": `${entry.fraction * 100}%` } },
    h("a", { href: path(["coverage", aggregate, image]),
      title: `${image} on ${aggregate}: ${number(hosts.warm)} of ${count(hosts.total, "host")} warm` },
      percent(entry.fraction), h("span", { class: "note" }, notes.join(", ") || "all warm")));
}
