package import PrecacheModel

/// What running downloads have fetched beyond what the store has written down.
///
/// Called on event loops: answers at once, from memory.
package protocol LiveProgress: Sendable {
    /// Bytes fetched by a job's running results, and a number that differs after every change of theirs.
    func inFlight(of job: JobID) -> (bytes: Int64, generation: UInt64)

    /// How far the running images of one host are, by the image's ordinal.
    func inFlight(of job: JobID, host: Int) -> [Int: ByteProgress]
}

extension LiveProgress {
    /// Bytes fetched by a job's running results; none once it has ended.
    func bytesInFlight(of job: JobRecord) -> Int64 { job.state.isFinal ? 0 : inFlight(of: job.id).bytes }
}
