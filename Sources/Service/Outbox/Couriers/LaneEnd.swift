/// Why a job isn't being delivered any more for now.
enum LaneEnd: Sendable {
    /// There is nothing more yet.
    case caughtUp
    /// There will never be anything more: the job has ended or is gone, or isn't wanted.
    case gone
    /// The endpoint is paused.
    case held
    /// It is to be looked at again after this time.
    case rests(Duration)
}
