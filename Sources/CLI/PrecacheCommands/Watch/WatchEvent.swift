import PrecacheClient

/// What happens while a job is watched.
enum WatchEvent: Sendable {
    /// The service told how the job stands.
    case job(Reply<JobView>)
    /// A result came that isn't good.
    case failure(ResultView)
    /// No more failures will come.
    case failuresEnded
    /// The service doesn't answer; the watch goes on trying.
    case trouble(ClientError)
    /// The watch can't go on.
    case stopped(ClientError)
    /// Time to draw.
    case tick
    /// Ctrl-C.
    case interrupted
}
