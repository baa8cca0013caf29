/** Outcomes over time, stacked: an area for each, from the job's start to its end or to now. */

import { s } from "./dom.js";
import { isFinal } from "./jobdata.js";
import { count, duration, now, number, OUTCOMES } from "./text.js";

const WIDTH = 360, HEIGHT = 140, LEFT = 2, BOTTOM = 18, TOP = 18, STEPS = 90;
const SHOWN = ["cached", "existing", "unsupported", "error", "skipped", "cancelled"];

/** The chart; `update(data, job)` redraws it. */
export function timeline() {
  const areas = SHOWN.map((outcome) => s("path", { class: `of-${outcome}` }));
  const axis = s("path", { class: "axis", d: `M${LEFT} ${HEIGHT - BOTTOM + 0.5}H${WIDTH - LEFT}` });
  const word = (x, anchor) => s("text", { x, y: HEIGHT - 4, "text-anchor": anchor });
  const start = word(LEFT, "start"), end = word(WIDTH - LEFT, "end"),
    top = s("text", { x: WIDTH - LEFT, y: TOP - 6, "text-anchor": "end" });
  const element = s("svg", { class: "timeline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": "Outcomes over time" }, areas, axis, start,
    end, top);
  return {
    element,
    update(data, job) {
      const from = Date.parse(job.started_at ?? job.created_at);
      const to = Math.max(from + 1000, job.finished_at ? Date.parse(job.finished_at) : now());
      const sums = cumulated(data, from, to);
      const all = Math.max(1, Object.values(job.results).reduce((sum, number_) => sum + number_, 0));
      const x = (step) => LEFT + (step / STEPS) * (WIDTH - 2 * LEFT);
      const y = (sum) => HEIGHT - BOTTOM - (sum / all) * (HEIGHT - BOTTOM - TOP);
      const below = new Float64Array(STEPS + 1);
      SHOWN.forEach((_, index) => {
        let up = "", down = "";
        for (let step = 0; step <= STEPS; step += 1) {
          const height = below[step] + sums[index][step];
          up += `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(height).toFixed(1)}`;
          down = `L${x(step).toFixed(1)} ${y(below[step]).toFixed(1)}${down}`;
          below[step] = height;
        }
        areas[index].setAttribute("d", sums[index][STEPS] > 0 ? `${up}${down}Z` : "");
      });
      start.textContent = "0";
      end.textContent = duration((to - from) / 1000);
      top.textContent = count(all, "result");
      element.setAttribute("aria-label",
        `Outcomes over time: ${number(below[STEPS])} of ${number(all)} after ${duration((to - from) / 1000)}`);
    },
  };
}

function cumulated(data, from, to) {
  const sums = SHOWN.map(() => new Float64Array(STEPS + 1));
  const row = OUTCOMES.map((outcome) => SHOWN.indexOf(outcome));
  for (let cell = 0; cell < data.cells; cell += 1) {
    const code = data.outcome[cell];
    if (!isFinal(code)) continue;
    const step = Math.ceil(((data.finished[cell] - from) / (to - from)) * STEPS);
    sums[row[code]][Math.max(0, Math.min(STEPS, step))] += 1;
  }
  for (const sum of sums) for (let step = 1; step <= STEPS; step += 1) sum[step] += sum[step - 1];
  return sums;
}
