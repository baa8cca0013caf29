/** How warm something was: a share over time. */

import { pages, Problem } from "./api.js";
import { s } from "./dom.js";
import { duration, moment, percent } from "./text.js";

const MOMENTS = 300; // that are drawn

/** How it stood lately, oldest first; nothing where the service doesn't keep that. */
export async function historyOf(where, signal) {
  const moments = [];
  try {
    for await (const page of pages(`${where}/history`, "history", { limit: 100 }, signal)) {
      moments.push(...page);
      if (moments.length >= MOMENTS) break;
    }
    return moments.reverse();
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return [];
    throw error;
  }
}

/** A step at each moment that was written down, two at least; `share` is a moment's. */
export function spark(history, share) {
  const width = 400, height = 90, low = height - 18;
  const from = Date.parse(history[0].at), to = Math.max(from + 1, Date.parse(history.at(-1).at));
  const x = (at_) => ((Date.parse(at_) - from) / (to - from)) * (width - 2) + 1,
    y = (fraction) => low - fraction * (low - 6);
  const line = history.map((entry, index) => `${index === 0 ? "M" : "H"}${x(entry.at).toFixed(1)}${index === 0 ? " "
    : "V"}${y(share(entry)).toFixed(1)}`).join("");
  const seconds = (to - from) / 1000;
  return s("svg", { class: "timeline", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `From ${percent(share(history[0]))} to ${percent(share(history.at(-1)))} `
      + `within ${duration(seconds)}` },
  s("path", { class: "axis", d: `M1 ${low + 0.5}H${width - 1}` }), s("path", { class: "line", d: line }),
  s("text", { x: 1, y: height - 4 }, `${duration(seconds)} before`),
    s("text", { x: width - 1, y: height - 4, "text-anchor": "end" }, moment(history.at(-1).at)));
}
