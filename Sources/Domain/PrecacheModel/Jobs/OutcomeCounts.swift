/// How many results of a job have each outcome.
package struct OutcomeCounts: Hashable, Sendable {
    private var counts: [Int]

    /// All zero.
    package init() { counts = Array(repeating: 0, count: Outcome.allCases.count) }

    /// The number of results with this outcome.
    package subscript(outcome: Outcome) -> Int {
        get { counts[Self.index(outcome)] }
        set { counts[Self.index(outcome)] = newValue }
    }

    /// All results.
    package var total: Int { counts.reduce(0, +) }

    /// Results that nothing will change any more.
    package var finished: Int { total - self[.pending] - self[.running] }

    /// The job's state that follows from these counts.
    ///
    /// - Parameters:
    ///   - cancelRequested: Whether someone cancelled the job.
    ///   - started: Whether a host has begun, or had begun before its work was queued again.
    /// - Returns: A final state once every result is final.
    package func state(cancelRequested: Bool, started: Bool) -> JobState {
        guard finished == total else { return started ? .running : .queued }
        if cancelRequested && self[.cancelled] > 0 { return .cancelled }
        let good = self[.cached] + self[.existing] + self[.unsupported]
        if good == total { return .succeeded }
        return good > 0 ? .partial : .failed
    }

    private static func index(_ outcome: Outcome) -> Int {
        switch outcome {
        case .pending: 0
        case .running: 1
        case .cached: 2
        case .existing: 3
        case .error: 4
        case .unsupported: 5
        case .skipped: 6
        case .cancelled: 7
        }
    }
}
