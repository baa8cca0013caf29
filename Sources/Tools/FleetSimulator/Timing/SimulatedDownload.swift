/// One image on its way to one host, as a matter of time alone.
struct SimulatedDownload {
    let bytes: Int64
    private let ownRate: Double
    private let link: SourceLink
    private var received = 0.0
    private var seen: (offered: Double, time: ContinuousClock.Instant)

    /// The longest time between two looks, which is also how often an agent tells its progress.
    static let longestStep = Duration.milliseconds(500)

    init(bytes: Int64, at own: Bandwidth, from link: SourceLink, now: ContinuousClock.Instant = .now) {
        self.bytes = bytes
        ownRate = own.bytesPerSecond
        self.link = link
        seen = (link.reading(now: now).offered, now)
    }

    /// Whether no time passes at all: nothing limits it.
    var isInstant: Bool { ownRate == .infinity && link.reading().rate == .infinity }

    var bytesDone: Int64 { min(bytes, Int64(received)) }

    /// Takes what has come until now.
    ///
    /// - Returns: The time until the next look; nil when all is there.
    mutating func advance(now: ContinuousClock.Instant = .now) -> Duration? {
        let (offered, rate) = link.reading(now: now)
        // Not by multiplication where there is no limit: infinity times nought is no number.
        let own = ownRate == .infinity ? ownRate : ownRate * ((now - seen.time) / .seconds(1))
        received += rate == .infinity ? own : min(own, offered - seen.offered)
        seen = (offered, now)
        let missing = Double(bytes) - received
        // Half a byte, since sums of fractions are not exact.
        guard missing > 0.5 else { return nil }
        let seconds = missing / min(ownRate, rate)
        return max(.milliseconds(1), min(Self.longestStep, .seconds(min(seconds, 1))))
    }
}
