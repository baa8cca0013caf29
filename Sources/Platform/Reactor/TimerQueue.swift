import HeapModule

/// Timers in the order of their deadlines; cancelled ones are swept out when they are the greater part.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: UInt64
        let sequence: UInt64
        let timer: LoopTimer

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.sequence) < (right.deadline, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.sequence == right.sequence
        }
    }

    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0
    private var sweepAt = 256

    /// How many are held, cancelled ones that were not swept yet included.
    var count: Int { heap.count }

    mutating func insert(_ timer: LoopTimer, deadline: UInt64) {
        if heap.count >= sweepAt {
            heap = Heap(heap.unordered.filter { !$0.timer.isSpent })
            sweepAt = max(256, heap.count * 2)
        }
        sequence += 1
        heap.insert(Entry(deadline: deadline, sequence: sequence, timer: timer))
    }

    /// Milliseconds until the first deadline, rounded up so that no wait ends early; -1 without timers.
    func millisecondsToNext(now: UInt64) -> Int32 {
        guard let first = heap.min else { return -1 }
        guard first.deadline > now else { return 0 }
        return Int32(clamping: (first.deadline - now - 1) / 1_000_000 + 1)
    }

    /// Removes and returns the next timer that is due.
    mutating func popDue(now: UInt64) -> LoopTimer? {
        guard let first = heap.min, first.deadline <= now else { return nil }
        return heap.removeMin().timer
    }

    /// Empties the queue.
    mutating func removeAll() -> [LoopTimer] {
        defer { heap = Heap() }
        return heap.unordered.map(\.timer)
    }
}
