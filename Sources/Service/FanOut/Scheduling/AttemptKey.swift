import PrecacheModel

/// Names one attempt on one host of one job.
struct AttemptKey: Hashable, Sendable {
    let job: JobID
    let host: Int
    let attempt: Int
}
