internal import PrecacheModel

/// How outcomes are numbered in the database.
///
/// Never renumber: databases out there hold these, and the index on what isn't good names them.
enum StoredOutcome {
    /// Pending or running, according to whether the host is claimed.
    static let unfinished = 0

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

    /// The counter of an outcome in the table `job`.
    static func column(_ outcome: Outcome) -> String { outcome.rawValue }
}
