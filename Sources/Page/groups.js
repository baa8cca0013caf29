/** Which rack or zone hosts stand in. Read once in a while, for all views. */

import { pages } from "./api.js";
import { byName } from "./text.js";

const FRESH = 120000; // milliseconds that labels are taken as read
let known = null;

/** Labels of all hosts, and zones of those without a label `zone`, by name. */
export async function placement(signal) {
  if (known && Date.now() - known.at < FRESH) return known;
  const labels = new Map(), zones = new Map();
  for await (const hosts of pages("/v1/hosts", "hosts", {}, signal)) for (const host of hosts) labels.set(host.name,
    host.labels);
  for await (const aggregates of pages("/v1/aggregates", "aggregates", {}, signal)) {
    for (const aggregate of aggregates) {
      if (aggregate.availability_zone === null) continue;
      for (const host of aggregate.hosts) zones.set(host, aggregate.availability_zone);
    }
  }
  known = { at: Date.now(), labels, zones };
  return known;
}

const labelOf = (place, host, key) => {
  const labels = place.labels.get(host);
  const own = labels && Object.hasOwn(labels, key) ? labels[key] : null;
  return own ?? (key === "zone" ? place.zones.get(host) ?? null : null);
};

/** What hosts can be grouped by: rack and zone first, then other labels that some of them share. */
export function keysOf(place, hosts) {
  const keys = new Set(hosts.some((host) => place.zones.has(host)) ? ["zone"] : []);
  for (const host of hosts) for (const key of Object.keys(place.labels.get(host) ?? {})) keys.add(key);
  const first = ["rack", "zone"].filter((key) => keys.has(key));
  return [...first, ...[...keys].filter((key) => !first.includes(key)).sort(byName)].slice(0, 12);
}

/** Hosts by a label: groups of numbers, by name; those without it come last. */
export function groupHosts(place, hosts, key) {
  if (!key || !place) return [{ name: null, members: hosts.map((_, index) => index) }];
  const groups = new Map();
  hosts.forEach((host, index) => {
    const name = labelOf(place, host, key);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(index);
  });
  const named = [...groups].map(([name, members]) => ({ name, members }));
  return named.sort((one, other) => (one.name === null ? 1 : other.name === null ? -1 : byName(one.name, other.name)))
    .map((group) => ({ ...group, name: group.name ?? `no ${key}` }));
}
