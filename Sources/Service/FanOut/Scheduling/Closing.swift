import PrecacheModel

/// Why a job is being brought to an end before its work is done.
enum Closing: Hashable, Sendable {
    /// Someone cancelled it.
    case cancelled
    /// Its time is up.
    case deadlineExceeded

    /// How its waiting hosts are finished.
    var bulkFinish: BulkFinish {
        switch self {
        case .cancelled: .cancelled
        case .deadlineExceeded: .deadlineExceeded
        }
    }
}
