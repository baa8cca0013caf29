/// The names of a job's events, in the order in which a job may have them.
package enum EventType: String, Sendable, CaseIterable {
    /// The job was accepted.
    case accepted
    /// Its first host has begun.
    case started
    /// An image on a host came to its final outcome.
    case outcome
    /// An attempt ended and another will follow.
    case attempt
    /// Someone asked to cancel the job.
    case cancelRequested = "cancel_requested"
    /// The job has ended.
    case finished
}

extension EventRecord {
    /// What the event is called: its `type` on the wire.
    package var type: EventType {
        switch kind {
        case .state(.queued): .accepted
        case .state(.running): .started
        case .state: .finished
        case .outcome: .outcome
        case .retrying: .attempt
        case .cancelRequested: .cancelRequested
        }
    }
}
