package import PrecacheModel

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

extension CachedImage {
    /// Whether it is to be kept, by the clock of now.
    var isPinned: Bool {
        let now = ImageCache.now()
        return pin?.corrected(at: now).holds(at: now) == true
    }
}

extension ImageCache {
    /// Pins an image that is cached: nothing evicts it before the time is over.
    ///
    /// A pin that lasts longer stays as it is.
    ///
    /// - Parameters:
    ///   - id: The image; without a record of it nothing happens.
    ///   - keep: How long from now, at most ``ImagePin/longest``.
    /// - Throws: ``CacheError`` if the record can't be written.
    package func pin(_ id: ImageID, for keep: Duration) async throws(CacheError) {
        let (layout, state) = (layout, state)
        try await lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) in
                try SharedRecords(layout: layout, state: state).refresh(id)
                guard var record = state[id] else { return }
                let now = Self.now()
                let old = record.image.pin?.corrected(at: now)
                record.image.pin = ImagePin.longer(old, ImagePin(from: now, for: keep))
                guard record.image.pin != state[id]?.image.pin else { return }
                try RecordShelf(layout: layout).put(record, in: state)
            }
        }
    }

    /// Brings pins from before the clock was set back to the clock of now; run before pins are relied on.
    ///
    /// Blocks.
    static func correctPins(_ layout: CacheLayout, _ state: CacheState) throws(CacheError) {
        let now = Self.now()
        for var record in state.records {
            guard let pin = record.image.pin else { continue }
            let corrected = pin.corrected(at: now)
            guard corrected != pin else { continue }
            record.image.pin = corrected
            try RecordShelf(layout: layout).put(record, in: state)
        }
    }
}
