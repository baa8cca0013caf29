/** How fast a job goes and how long it will take, from what was seen of it. */

import { hasSizes, isOpen, now } from "./text.js";

const SPAN = 30000; // milliseconds that a rate looks back

/** Looks at a job again and again; `of(job)` tells its rate and what is left. */
export function pace() {
  const seen = [];
  return {
    of(job) {
      const settled = job.results.cached + job.results.existing + job.results.unsupported + job.results.error
        + job.results.skipped + job.results.cancelled;
      const total = settled + job.results.running + job.results.pending;
      if (!isOpen(job)) {
        const seconds = job.started_at && job.finished_at
          ? (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000 : 0;
        const fetched = job.transfer.from_source_bytes + job.transfer.from_peers_bytes;
        return { bytesPerSecond: seconds > 0 ? fetched / seconds : 0, secondsLeft: null };
      }
      const at = now();
      seen.push({ at, bytes: job.bytes.done, settled });
      while (seen.length > 2 && at - seen[0].at > SPAN) seen.shift();
      const sinceStart = { at: Date.parse(job.started_at ?? job.created_at), bytes: 0, settled: 0 };
      const from = at - seen[0].at > 3000 ? seen[0] : sinceStart;
      const seconds = (at - from.at) / 1000;
      if (seconds < 0.5) return { bytesPerSecond: 0, secondsLeft: null };
      const bytesPerSecond = Math.max(0, (job.bytes.done - from.bytes) / seconds);
      const resultsPerSecond = Math.max(0, (settled - from.settled) / seconds);
      // Bytes tell of what is half done, too; results do where sizes aren't known or nothing is fetched.
      const byBytes = bytesPerSecond > 0 && hasSizes(job) && job.bytes.total > job.bytes.done
        ? (job.bytes.total - job.bytes.done) / bytesPerSecond : null;
      const byResults = resultsPerSecond > 0 ? (total - settled) / resultsPerSecond : null;
      const predicted = job.predicted_finish_at ? Math.max(0, (Date.parse(job.predicted_finish_at) - at) / 1000)
        : null;
      const guesses = [byBytes, byResults].filter((guess) => guess !== null);
      return { bytesPerSecond, secondsLeft: guesses.length > 0 ? Math.min(...guesses) : predicted };
    },
  };
}
