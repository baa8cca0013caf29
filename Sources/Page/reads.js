/** Reads of a list that changes: one after the other, and what fails is tried again. */

import { pause, Problem, seen } from "./api.js";

const REST = 400; // milliseconds between two looks at what has changed
const FEW = 20; // where more has changed, the whole list is less to ask for

/**
 * What is due is either all of the list or some of its entries, by their ids.
 *
 * @param {object} options `all(signal)` and `some(ids, signal)` read; `refused(problem)`: trying again is no use.
 */
export function reads({ signal, all, some, refused }) {
  const ids = new Set();
  let isAllDue = false, isAtIt = false, current = new AbortController();

  async function readDue() {
    const isAll = isAllDue || ids.size > FEW, taken = [...ids];
    isAllDue = false;
    ids.clear();
    current = new AbortController();
    const either = AbortSignal.any([signal, current.signal]);
    try {
      await (isAll ? all(either) : some(taken, either));
    } catch (error) {
      if (either.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status >= 400 && error.status < 500 && error.status !== 429) return refused(error);
      isAllDue ||= isAll;
      for (const id of taken) ids.add(id);
      await pause(1000 * (error.retryAfter ?? 1), signal);
    }
  }

  async function work() {
    if (isAtIt) return;
    isAtIt = true;
    try {
      while (isAllDue || ids.size > 0) {
        if (!isAllDue) await pause(REST, signal);
        await seen(signal);
        await readDue();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      isAtIt = false;
    }
  }

  return {
    /** All of it is read anew; what is being read is of no use any more. */
    all() {
      isAllDue = true;
      current.abort();
      work();
    },
    /** Something happened to this entry. */
    one(id) {
      ids.add(id);
      work();
    },
  };
}
