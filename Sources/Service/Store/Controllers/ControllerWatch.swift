package import PrecacheModel

/// Decides which controllers are dead: those whose beats stood still for long enough while we ourselves could see.
///
/// Pure. Moments are of a clock of our own that nobody sets; no clock of anybody else is looked at. Time in which our own
/// calls failed doesn't count: after an outage of the database everybody has all of the time again to come back.
package struct ControllerWatch {
    private struct Sight {
        var beat: Int64
        var since: Duration
    }

    private let patience: Duration
    /// The longest that a look, or the time between two, may take to count as having looked all along.
    private let attention: Duration
    private var sights: [Int64: Sight] = [:]
    private var lastLookEnded: Duration?

    /// - Parameters:
    ///   - patience: How long a beat may stand still (`controllers.dead_seconds`).
    ///   - attention: How long a look may take, and how far apart two may be.
    package init(patience: Duration, attention: Duration) {
        self.patience = patience
        self.attention = attention
    }

    /// Takes what was just read, and says who is dead.
    ///
    /// - Parameters:
    ///   - living: Every controller that isn't fenced.
    ///   - own: Our own number, which is never among the dead.
    ///   - began: The moment before the reading.
    ///   - ended: The moment after it.
    /// - Returns: The dead.
    package mutating func look(
        _ living: [ControllerRecord],
        own: Int64,
        began: Duration,
        ended: Duration
    ) -> [ControllerRecord] {
        if ended - began > attention || began - (lastLookEnded ?? began) > attention { sights = [:] }
        lastLookEnded = ended
        var next: [Int64: Sight] = [:]
        for controller in living where controller.number != own {
            let former = sights[controller.number]
            let isStill = former?.beat == controller.beat
            next[controller.number] = Sight(
                beat: controller.beat,
                since: isStill ? former?.since ?? ended : ended
            )
        }
        sights = next
        return living.filter { controller in
            next[controller.number].map { began - $0.since >= patience } ?? false
        }
    }

    /// Forgets what was seen: our calls have failed.
    package mutating func lookAway() { sights = [:] }
}
