/** One job, live: read once, then told by its stream of events. */

import { again, at, get, pages, post, Problem, query } from "./api.js";
import { imagesText } from "./jobs.js";
import { JobData } from "./jobdata.js";
import { jobView } from "./jobview.js";
import { groupHosts, keysOf, placement } from "./groups.js";
import { watch } from "./stream.js";
import { isOpen } from "./text.js";

const FRAME = 120; // milliseconds between two drawings while events pour in
const LAST = ["finished"];

/** Shows a job. */
export async function show(main, [id], { signal, mayOperate }) {
  const where = at("v1", "jobs", id);
  let { job } = await get(where, signal);
  document.title = `${job.aggregate} ← ${imagesText(job)} – Precache`;
  const data = new JobData(job);
  const view = jobView({ job, data, mayOperate, act, group });
  main.replaceChildren(view.element);
  signal.addEventListener("abort", () => view.close());

  let drawing = null, last = 0;
  function draw() {
    if (drawing !== null || signal.aborted) return;
    drawing = setTimeout(() => requestAnimationFrame(() => {
      drawing = null;
      last = performance.now();
      if (!signal.aborted) view.update(job);
    }), Math.max(0, last + FRAME - performance.now()));
  }

  async function renew() {
    const answer = await get(query(where, { revision: job.revision }), signal);
    job = answer.job;
    draw();
  }

  async function readResults(fields) {
    for await (const results of pages(`${where}/results`, "results", fields, signal)) {
      for (const row of results) data.takeResult(row);
      if (!Object.keys(fields).length) view.regroup();
      draw();
    }
  }

  async function act(what) {
    try {
      const answer = await post(`${where}/${what}`, signal);
      if (answer.job.id !== id) location.hash = `#/jobs/${answer.job.id}`;
      else await renew();
      return null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.message;
    }
  }

  let place = null;
  function group(key) {
    return groupHosts(place, data.hosts, key);
  }

  async function findPlaces() {
    try {
      place = await placement(signal);
      view.offerGroups(keysOf(place, data.hosts));
    } catch (error) {
      // Without labels the squares stand in one block.
      if (!(error instanceof Problem) && !signal.aborted) throw error;
    }
  }

  async function follow() {
    view.live("lost");
    let wasLive = false;
    await watch(`${where}/events`, {
      signal,
      isLast: (event) => LAST.includes(event.type),
      state(state) {
        view.live(state);
        if (state === "live" && wasLive) renew().catch(() => {}); // the next look tells what this one could not
        wasLive ||= state === "live";
      },
      take(event) {
        const told = JSON.parse(event.data);
        data.takeEvent(told);
        view.note(told);
        draw();
      },
    });
    view.live("over");
    if (signal.aborted) return;
    await renew();
    await readResults({});
  }

  try {
    await readResults({});
    findPlaces();
    if (!isOpen(job)) return view.live("over");
    // Bytes of downloads in hand are no events: they are asked for, only of the hosts that are at it.
    again(2000, signal, async () => {
      if (!isOpen(job)) return;
      await renew();
      if (isOpen(job)) await readResults({ outcome: "running" });
    });
    await follow();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
