internal import PrecacheModel

// How states and outcomes are numbered in the database. Never renumber: databases out there hold these, and indexes name
// them.

/// Where a host of a job stands.
enum StoredHostState: Int {
    /// Has unfinished images and waits for its next attempt.
    case waiting = 0
    /// An attempt is under way, or was when the service ended.
    case claimed = 1
    /// Every image has its outcome.
    case done = 2
}

enum StoredJobState {
    /// The condition on `job` for those that have not ended.
    static let open = "state IN (\(number(.queued)), \(number(.running)))"

    static func number(_ state: JobState) -> Int {
        switch state {
        case .queued: 0
        case .running: 1
        case .succeeded: 2
        case .partial: 3
        case .failed: 4
        case .cancelled: 5
        }
    }

    static func state(_ number: Int) throws -> JobState {
        switch number {
        case 0: .queued
        case 1: .running
        case 2: .succeeded
        case 3: .partial
        case 4: .failed
        case 5: .cancelled
        default: throw StoreError(.corrupt, message: "a job has the unknown state \(number)")
        }
    }
}

enum StoredPriority {
    static func number(_ priority: JobPriority) -> Int {
        switch priority {
        case .low: 0
        case .normal: 1
        case .high: 2
        }
    }

    static func priority(_ number: Int) -> JobPriority { number > 1 ? .high : number < 1 ? .low : .normal }
}

enum StoredOutcome {
    /// Pending or running, according to whether the host is claimed.
    static let unfinished = 0
    /// What `job_result_not_good` indexes, and what a retry does again.
    static let notGood: Set<Outcome> = [.error, .skipped, .cancelled]
    /// The same as a list for IN.
    static let notGoodList = list(notGood)
    /// Those after which an image is there, as a list for IN.
    static let goodList = list([.cached, .existing])

    static func number(_ outcome: Outcome) -> Int {
        switch outcome {
        case .pending, .running: unfinished
        case .cached: 2
        case .existing: 3
        case .error: 4
        case .unsupported: 5
        case .skipped: 6
        case .cancelled: 7
        }
    }

    static func outcome(_ number: Int, hostState: StoredHostState) throws -> Outcome {
        switch number {
        case unfinished: hostState == .claimed ? .running : .pending
        case 2: .cached
        case 3: .existing
        case 4: .error
        case 5: .unsupported
        case 6: .skipped
        case 7: .cancelled
        default: throw StoreError(.corrupt, message: "a result has the unknown outcome \(number)")
        }
    }

    /// The numbers of outcomes, as a list for IN.
    static func list(_ outcomes: some Sequence<Outcome>) -> String {
        "(" + outcomes.map { String(number($0)) }.sorted().joined(separator: ", ") + ")"
    }

    /// The counter of an outcome in the table `job`.
    static func column(_ outcome: Outcome) -> String { outcome.rawValue }
}
