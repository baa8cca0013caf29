/** What a job's page looks like; who reads and streams is job.js. */

import { hostLink, jobLink, key, stackedBar } from "./bars.js";
import { badge, choice, facts, h, link, meter, put, say } from "./dom.js";
import { HeatMap } from "./heatmap.js";
import { failures, hostCard, mesh, slowest } from "./jobparts.js";
import { imagesText } from "./jobs.js";
import { pace } from "./pace.js";
import { resultList } from "./results.js";
import { timeline } from "./timeline.js";
import { ago, bytes, count, duration, hasSizes, isOpen, moment, number, OUTCOMES, percent, rate,
  words } from "./text.js";

const DETAILS = 700; // milliseconds between two looks at lists and charts while a job goes on
const LIVE = { live: "live", lost: "reconnecting", over: "" };

/** The page of a job. `group(key)` groups its hosts, `act("retry")` does what was asked and tells what went wrong. */
export function jobView({ job, data, mayOperate, act, group }) {
  let shown = job, grouping = "", image = -1, byProgress = false, picked = null, grouped = -1;
  const speed = pace();
  const state = h("span"), live = h("span", { class: "live", role: "status" }), age = h("span");
  const bar = stackedBar(), keys = key((outcome) => {
    list.filter(outcome); list.element.scrollIntoView({ block: "start" }); });
  const tiles = h("div", { class: "tiles" }), actions = h("span", { class: "actions" }),
    note = h("p", { class: "problem", role: "alert" });
  const chart = timeline(), list = resultList(data);
  const bad = h("div"), bytesFrom = h("div"), slow = h("div"), lately = h("ol", { class: "lately" });
  const tip = h("div", { class: "tip", hidden: true }), card = h("div", { class: "picked", "aria-live": "polite" });
  const groupBy = h("span"), heading = h("h2", null, "Hosts");

  const map = new HeatMap({
    point(host, place) {
      tip.hidden = host === null || !place;
      if (tip.hidden) return;
      put(tip, hostCard(data, host, false));
      const left = Math.min(place.x + 14, map.width - Math.min(280, map.width));
      tip.style.left = `${Math.max(0, left)}px`;
      tip.style.top = `${place.y + 22}px`;
    },
    pick(host) {
      picked = host;
      put(card, hostCard(data, host, true));
    },
    describe(host) {
      const words_ = data.cellsOf(host).map((cell) => data.describe(cell))
        .map((row) => `${row.image} ${row.outcome}${row.reason ? `, ${words(row.reason)}` : ""}`);
      return `${data.hosts[host]}: ${words_.join("; ")}`;
    },
  });
  map.element.append(tip);

  function content() {
    map.setContent({ codeOf: (host) => data.hostOutcome(host, image),
      shareOf: (host) => data.hostProgress(host, image), byProgress });
    map.canvas.setAttribute("aria-label", `${count(data.hosts.length,
      "host")}, a square each. Arrows go from host to host, n to the next failure, `
      + "Enter shows what happened. The results below are the same as a list.");
  }

  function regroup() {
    if (grouped === data.hosts.length) return;
    grouped = data.hosts.length;
    map.setGroups(group(grouping));
    content();
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => map.recolour();
  dark.addEventListener("change", recolour);
  window.addEventListener("beforeprint", recolour);
  window.addEventListener("afterprint", recolour);

  function buttons() {
    if (!mayOperate) return put(actions);
    const again = OUTCOMES.reduce((sum, outcome) => sum
      + (["error", "skipped", "cancelled"].includes(outcome) ? shown.results[outcome] : 0), 0);
    if (isOpen(shown)) return put(actions, asking("Cancel job", "Yes, cancel it", "cancel"));
    return put(actions, again > 0 ? asking(`Retry ${count(again, "result")}`, "Yes, as a new job", "retry") : null);
  }

  /** A button that asks once before it does what can't be undone. */
  function asking(text, sure, what) {
    const button = h("button", { type: "button", class: what === "retry" ? "primary" : "danger" }, text);
    let isSure = false;
    button.addEventListener("click", async () => {
      if (!isSure) {
        isSure = true;
        return say(button, sure);
      }
      button.disabled = true;
      say(note, (await act(what)) ?? "");
      button.disabled = false;
      isSure = false;
      say(button, text);
    });
    const takeBack = () => {
      isSure = false;
      if (!button.disabled) say(button, text);
    };
    button.addEventListener("blur", takeBack);
    button.addEventListener("keydown", (event) => { if (event.key === "Escape") takeBack(); });
    return button;
  }

  function showTiles() {
    const { bytesPerSecond, secondsLeft } = speed.of(shown);
    const ended = !isOpen(shown);
    const tile = (name, value, more) => h("div", { class: "tile" }, h("span", { class: "name" }, name),
      h("span", { class: "value" }, value), h("span", { class: "more" }, more ?? ""));
    put(tiles,
      tile("Hosts done", `${number(shown.hosts.done)} / ${number(shown.hosts.total)}`,
        meter(shown.hosts.total > 0 ? shown.hosts.done / shown.hosts.total : 1,
        percent(shown.hosts.total > 0 ? shown.hosts.done / shown.hosts.total : 1))),
      tile("Bytes on hosts", bytes(shown.bytes.done),
        `${ofTotal(shown)}${shown.bytes.in_vain > 0 ? `; ${bytes(shown.bytes.in_vain)} in vain` : ""}`),
      tile(ended ? "Mean rate" : "Rate", bytesPerSecond > 0 ? rate(bytesPerSecond) : "–",
        ended ? "over the whole job" : "of the last 30 s"),
      ended ? tile("Took", duration(shown.elapsed_seconds), `ended ${moment(shown.finished_at)}`)
        : tile("Left", secondsLeft === null ? "…" : duration(secondsLeft),
          `so far ${duration(shown.elapsed_seconds)}${shown.predicted_finish_at
          ? `; foretold ${moment(shown.predicted_finish_at)}` : ""}`));
  }

  let phase = null, reasons = null, isDetailed = false, isDetailing = false, isNews = false, isClosed = false;
  function update(job_) {
    shown = job_;
    if (phase !== shown.state) {
      phase = shown.state;
      put(state, badge(shown.state, shown.state));
      buttons();
    }
    say(age, ago(shown.created_at));
    bar.update(shown.results);
    keys.update(shown.results);
    showTiles();
    map.paint();
    isNews = true;
    detailSoon();
  }

  /** What takes longer to make and may come later, a piece a frame: with 10,000 hosts all of it would hold one up. */
  const PIECES = [
    () => chart.update(data, shown),
    () => {
      const told = JSON.stringify(shown.reasons) + data.reasons.size;
      if (reasons !== told && !bad.contains(document.activeElement)) put(bad, failures(shown, data) ?? "");
      reasons = told;
      put(bytesFrom, mesh(shown) ?? "");
    },
    () => {
      if (!slow.contains(document.activeElement)) put(slow, slowest(data) ?? "");
    },
    () => list.update(),
    () => {
      if (picked !== null && !card.contains(document.activeElement)) put(card, hostCard(data, picked, true));
    },
  ];
  function details(piece) {
    requestAnimationFrame(() => {
      if (isClosed) return;
      // First what comes next: a piece that fails holds up no other.
      if (piece + 1 < PIECES.length) details(piece + 1);
      else {
        isDetailed = true;
        isDetailing = false;
        if (isNews) detailSoon();
      }
      PIECES[piece]();
    });
  }

  function detailSoon() {
    if (isDetailing) return;
    isDetailing = true;
    setTimeout(() => {
      isNews = false;
      details(0);
    }, isOpen(shown) && isDetailed ? DETAILS : 0);
  }

  const images = [["-1", "all"], ...shown.images.map((entry, index) => [String(index), entry.name ?? entry.id])];
  const element = h("div", { class: "job" },
    h("p", { class: "crumbs" }, h("a", { href: "#/jobs" }, "Jobs"), " / ", h("span", { class: "id" }, job.id)),
    h("div", { class: "head" }, h("h1", null, link(["coverage", job.aggregate], job.aggregate), " ← ",
      imagesText(job)), state, live, actions),
    note,
    facts([
      ["Asked by", job.policy ? link(["policies", job.policy], `policy ${job.policy}`) : job.requested_by
        ?? "anybody (no sign-in)"], ["Age", age],
      ["Retry of", job.retry_of ? jobLink(job.retry_of) : null],
        ["Priority", job.priority === "normal" ? null : job.priority],
      ["Hosts at once", String(job.parallelism)], ["Attempts", String(job.max_attempts)],
        ["Deadline", duration(job.deadline_seconds)],
      ["Kept for", job.keep_seconds === null ? null : duration(job.keep_seconds)],
      ["Images", job.images.length > 2 ? h("details", null, h("summary", null, count(job.images.length, "image")),
        job.images.map((entry) => h("div", { class: "id" }, entry.name ?? entry.id))) : null],
      ["Note", job.note],
    ]),
    bar.element, keys.element, tiles,
    h("div", { class: "columns" },
      h("div", { class: "side" }, h("section", { class: "map" },
        h("div", { class: "head" }, heading, h("div", { class: "controls" }, groupBy,
          images.length > 2 ? choice("Image", images, "-1", (value) => { image = Number(value); content(); }) : null,
          choice("Colour", [["outcome", "outcome"], ["progress", "progress"]], "outcome",
            (value) => { byProgress = value === "progress"; content(); }))),
        map.element, card), list.element),
      h("div", { class: "side" }, h("section", null, h("h2", null, "Outcomes over time"), chart.element), bad,
        bytesFrom, slow,
        h("section", { class: "events", hidden: true }, h("h2", null, "Lately"), lately))));

  return {
    element, update, regroup,
    /** Lets people choose by what squares are grouped; by the first of the keys from now on. */
    offerGroups(names) {
      grouping = names[0] ?? "";
      grouped = -1;
      regroup();
      put(groupBy, names.length === 0 ? "" : choice("Grouped by",
        [...names.map((name) => [name, name]), ["", "nothing"]], grouping, (value) => {
        grouping = value;
        grouped = -1;
        regroup();
      }));
    },
    /** Says whether events come. */
    live(state_) {
      say(live, LIVE[state_]);
      live.className = `live is-${state_}`;
    },
    /** Takes an event that people may want to read. */
    note(event) {
      const text = noteOf(event);
      if (text === null) return;
      lately.parentElement.hidden = false;
      lately.prepend(h("li", null, h("time", { datetime: event.at }, moment(event.at)), " ", text));
      while (lately.childElementCount > 10) lately.lastElementChild.remove();
    },
    close() {
      isClosed = true;
      map.close();
      dark.removeEventListener("change", recolour);
      window.removeEventListener("beforeprint", recolour);
      window.removeEventListener("afterprint", recolour);
    },
  };
}

/** What there is to do; sizes that no source told are known where an image is whole. */
function ofTotal(job) {
  const { done, total } = job.bytes;
  return total < done || (isOpen(job) && !hasSizes(job)) ? "of an unknown size" : `of ${bytes(total)}`;
}

function noteOf(event) {
  const who = event.host === undefined ? "" : hostLink(event.host);
  if (event.type === "attempt") return [who, ` tries again after ${words(event.reason ?? "a failure")}`];
  if (event.type === "outcome") return event.outcome === "error" ? [who, ` ${words(event.reason ?? "error")}`] : null;
  if (event.type === "cancel_requested") return "somebody cancels the job";
  if (["seed", "starved", "peer_fault", "alone", "barred"].includes(event.type)) return [who,
    ` ${words(event.type)}`, event.detail ? `: ${event.detail}` : ""];
  return null;
}
