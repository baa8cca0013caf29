public import PrecacheModel

/// What running downloads have fetched beyond what the store has written down.
///
/// Called on event loops: answers at once, from memory.
public protocol LiveProgress: Sendable {
    /// Bytes fetched by the job's running results; nil if none runs.
    func bytesInFlight(of job: JobID) -> Int64?

    /// How far one running result is; nil if it doesn't run.
    func progress(of job: JobID, host: HostName, image: ImageID) -> ByteProgress?
}
