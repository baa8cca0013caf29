/// What a simulated host does with the tasks that it gets.
package enum HostBehaviour: String, CaseIterable, Sendable {
    /// Caches every image, after the fleet's delay and at its bandwidth.
    case good
    /// The same, but the fleet's slow factor slower.
    case slow
    /// Fails the first attempt with a reason that another attempt may mend; then it is good.
    case flaky
    /// Fails every attempt.
    case failing
    /// Takes the task, sends heartbeats and never gets anywhere: the attempt's time limit ends it.
    case stalled
    /// Takes the task and says nothing more: the limit on silence ends it.
    case mute
    /// Nothing listens there.
    case down
}
