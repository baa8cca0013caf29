import HeapModule
import PrecacheModel

/// Deals free slots to jobs: each goes to the job that has the fewest hosts in flight, among equals to the one that was
/// served longest ago.
///
/// So a small job that comes while a big one has every slot gets each slot that comes free until it has as many. One
/// deal costs O(jobs + slots · log jobs).
struct FairPicker {
    private struct Candidate: Comparable {
        let job: JobID
        var inFlight: Int
        var lastServed: UInt64
        let serial: Int

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.inFlight, left.lastServed, left.serial) < (right.inFlight, right.lastServed, right.serial)
        }
    }

    private var heap = Heap<Candidate>()

    /// Adds a job that wants slots; `serial` decides between jobs that were never served.
    mutating func add(_ job: JobID, inFlight: Int, lastServed: UInt64, serial: Int) {
        heap.insert(Candidate(job: job, inFlight: inFlight, lastServed: lastServed, serial: serial))
    }

    /// Deals up to `slots` slots.
    ///
    /// - Parameters:
    ///   - slots: How many there are.
    ///   - turn: Counts turns over all deals.
    ///   - grant: Asks whether the job, with so many slots granted in this deal already, takes another; once it
    ///     says no, the job is out of this deal.
    /// - Returns: The slots granted to each job that got some, in the order of their first.
    mutating func deal(
        _ slots: Int,
        turn: inout UInt64,
        grant: (JobID, Int) -> Bool
    ) -> [(job: JobID, slots: Int, lastTurn: UInt64)] {
        var granted: [(job: JobID, slots: Int, lastTurn: UInt64)] = []
        var indexes: [JobID: Int] = [:]
        var left = slots
        while left > 0, var candidate = heap.popMin() {
            let index = indexes[candidate.job]
            guard grant(candidate.job, index.map { granted[$0].slots } ?? 0) else { continue }
            turn += 1
            left -= 1
            if let index {
                granted[index].slots += 1
                granted[index].lastTurn = turn
            } else {
                indexes[candidate.job] = granted.count
                granted.append((candidate.job, 1, turn))
            }
            candidate.inFlight += 1
            candidate.lastServed = turn
            heap.insert(candidate)
        }
        return granted
    }
}
