internal import PrecacheModel

/// How job states are numbered in the database; never renumber.
enum StoredJobState {
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
