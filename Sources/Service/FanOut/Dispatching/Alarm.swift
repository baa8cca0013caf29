/// Wakes the dispatcher's loop at a moment.
///
/// An alarm that is set later than it rings is left to ring: the loop looks, finds nothing and sets it anew. So the
/// usual case, a moment that moves away with each event, costs nothing.
struct Alarm<Time: Clock> where Time.Duration == Duration {
    private let clock: Time
    private let mailbox: Mailbox
    private var moment: Time.Instant?
    private var sleeper: Task<Void, Never>?

    init(clock: Time, mailbox: Mailbox) {
        self.clock = clock
        self.mailbox = mailbox
    }

    /// Sets the alarm for a moment, unless it rings before anyway.
    mutating func set(_ moment: Time.Instant) {
        if let set = self.moment, set <= moment, set > clock.now { return }
        sleeper?.cancel()
        self.moment = moment
        sleeper = Task { [clock, mailbox] in
            guard (try? await clock.sleep(until: moment, tolerance: nil)) != nil else { return }
            mailbox.wake()
        }
    }

    /// Ends it.
    mutating func cancel() {
        sleeper?.cancel()
        sleeper = nil
        moment = nil
    }
}
