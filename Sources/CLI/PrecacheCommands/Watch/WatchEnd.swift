import PrecacheClient

/// How a watch ended.
enum WatchEnd: Sendable {
    /// The job has ended.
    case finished(Reply<JobView>)
    /// The watch couldn't go on; the job may.
    case stopped(ClientError)
    /// Someone pressed Ctrl-C; the job goes on.
    case interrupted
}
