/** How warm something was: a share over time. */

import { pages, Problem } from "./api.js";
import { s } from "./dom.js";
import { duration, now, percent } from "./text.js";

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

/** A step at each moment that was written down, to what it is now; `share` is a moment's. */
export function spark(moments, share, present) {
  const history = [...moments, { ...present, at: new Date(now()).toISOString() }];
  const width = 400, height = 90, low = height - 18, right = width - 40;
  const from = Date.parse(history[0].at), to = Math.max(from + 1, now(), Date.parse(moments.at(-1).at));
  const x = (at_) => ((Date.parse(at_) - from) / (to - from)) * (right - 2) + 1,
    y = (fraction) => low - fraction * (low - 6);
  const line = history.map((entry, index) => `${index === 0 ? "M" : "H"}${x(entry.at).toFixed(1)}${index === 0 ? " "
    : "V"}${y(share(entry)).toFixed(1)}`).join("");
  const seconds = (to - from) / 1000;
  return s("svg", { class: "timeline", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `From ${percent(share(history[0]))} to ${percent(share(history.at(-1)))} `
      + `within ${duration(seconds)}` },
  s("path", { class: "axis", d: `M1 ${low + 0.5}H${right - 1}M1 ${y(1) + 0.5}H${right - 1}` }),
  s("path", { class: "line", d: line }),
  s("text", { x: right + 4, y: y(1) + 4 }, "100 %"), s("text", { x: right + 4, y: low + 4 }, "0 %"),
  s("text", { x: 1, y: height - 4 }, `${duration(seconds)} ago`),
    s("text", { x: right - 1, y: height - 4, "text-anchor": "end" }, "now"));
}
