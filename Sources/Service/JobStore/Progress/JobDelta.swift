internal import PrecacheModel

/// What one transaction changes in a job's counters, and the events that go with it.
struct JobDelta {
    private(set) var outcomes: [Outcome: Int] = [:]
    var hostsDone = 0
    var bytesDone: Int64 = 0
    var bytesTotal: Int64 = 0
    var events: [EventRows.New] = []

    /// Moves `count` results from one outcome to another.
    mutating func move(_ count: Int, from old: Outcome, to new: Outcome) {
        outcomes[old, default: 0] -= count
        outcomes[new, default: 0] += count
    }

    func change(of outcome: Outcome) -> Int { outcomes[outcome, default: 0] }
}
