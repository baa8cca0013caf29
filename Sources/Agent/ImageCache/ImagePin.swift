/// A promise that nothing evicts an image before a time.
///
/// Times are microseconds since 1970, UTC, by this host's clock.
package struct ImagePin: Hashable, Sendable {
    /// The longest that an image may be pinned for: 365 days.
    package static let longest: Duration = .seconds(31_536_000)

    /// When ``untilMicroseconds`` was set.
    package let sinceMicroseconds: Int64
    /// When the promise ends.
    package let untilMicroseconds: Int64

    /// A promise as it was written down; what is longer than ``longest`` is cut to it.
    init(since: Int64, until: Int64) {
        sinceMicroseconds = since
        let (last, isTooFar) = since.addingReportingOverflow(Self.longest.components.seconds * 1_000_000)
        untilMicroseconds = isTooFar ? until : min(until, last)
    }

    /// A promise from now on.
    init(from now: Int64, for keep: Duration) {
        let bounded = min(max(keep, .zero), Self.longest)
        self.init(since: now, until: now + bounded.components.seconds * 1_000_000)
    }

    /// Whether the promise holds at a time.
    package func holds(at now: Int64) -> Bool { now < untilMicroseconds }

    /// The promise as it is at a time.
    ///
    /// Made in the future, it dates from before the clock was set back: it would then hold until the old clock's time
    /// comes, perhaps for years. It holds for the length promised instead, from now.
    func corrected(at now: Int64) -> ImagePin {
        guard now < sinceMicroseconds else { return self }
        let (length, isAbsurd) = untilMicroseconds.subtractingReportingOverflow(sinceMicroseconds)
        return ImagePin(since: now, until: now + (isAbsurd ? 0 : max(0, length)))
    }

    /// The one that ends later; a promise is lengthened, never shortened.
    static func longer(_ one: ImagePin?, _ other: ImagePin?) -> ImagePin? {
        guard let one else { return other }
        guard let other else { return one }
        return other.untilMicroseconds > one.untilMicroseconds ? other : one
    }
}
