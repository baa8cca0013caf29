import HeapModule

/// Moments to wake at, one for each key, the earliest first.
///
/// Setting, removing and taking cost O(log n) spread over calls. A removed key's entry stays in the heap until it comes
/// to the top or such entries are the majority: attempts end after milliseconds, their deadlines lie half an hour
/// ahead, and the heap must not hold them all.
struct DeadlineQueue<Key: Hashable> {
    private struct Entry: Comparable {
        let at: Duration
        let serial: UInt64
        let key: Key

        static func < (left: Entry, right: Entry) -> Bool {
            (left.at, left.serial) < (right.at, right.serial)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.serial == right.serial }
    }

    private var heap = Heap<Entry>()
    private var serials: [Key: UInt64] = [:]
    private var lastSerial: UInt64 = 0

    /// Keys that have a moment.
    var count: Int { serials.count }

    /// Entries in memory, removed ones included.
    var storedCount: Int { heap.count }

    /// Sets a key's moment, replacing the one it had.
    mutating func set(_ key: Key, at moment: Duration) {
        lastSerial += 1
        serials[key] = lastSerial
        heap.insert(Entry(at: moment, serial: lastSerial, key: key))
        compact()
    }

    /// Forgets a key.
    mutating func remove(_ key: Key) {
        serials[key] = nil
        compact()
    }

    /// The earliest moment.
    mutating func next() -> Duration? {
        dropStale()
        return heap.min?.at
    }

    /// Takes the earliest key whose moment has come.
    mutating func pop(at now: Duration) -> Key? {
        dropStale()
        guard let first = heap.min, first.at <= now else { return nil }
        heap.removeMin()
        serials[first.key] = nil
        return first.key
    }

    private mutating func dropStale() {
        while let first = heap.min, serials[first.key] != first.serial { heap.removeMin() }
    }

    private mutating func compact() {
        guard heap.count > 2 * serials.count + 64 else { return }
        heap = Heap(heap.unordered.filter { serials[$0.key] == $0.serial })
    }
}
