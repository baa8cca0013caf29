package import PrecacheModel

/// How long the hosts of a fleet take, and why those that fail do.
package struct FleetTiming: Sendable {
    /// Before a host answers a task with its first outcome.
    ///
    /// Default none.
    package var delay = DelayRange.none
    /// What one host can receive.
    ///
    /// Default no limit: a download takes no time.
    package var bandwidth = Bandwidth.unlimited
    /// What the image source can send to all hosts together.
    ///
    /// Default no limit.
    package var sourceBandwidth = Bandwidth.unlimited
    /// How many times slower a slow host is, in delay and bandwidth.
    ///
    /// Default 10.
    package var slowFactor = 10.0
    /// Why failing hosts fail.
    ///
    /// Default `no_space`, which no further attempt mends.
    package var failure = Reason.noSpace
    /// Decides the delays.
    ///
    /// Default 1.
    package var seed: UInt64 = 1

    /// The defaults.
    package init() {}
}

/// How long something takes: always the same, or anything between two bounds.
package struct DelayRange: Hashable, Sendable {
    /// The shortest.
    package let shortest: Duration
    /// The longest.
    package let longest: Duration

    /// No delay.
    package static let none = DelayRange(shortest: .zero, longest: .zero)

    private init(shortest: Duration, longest: Duration) {
        self.shortest = shortest
        self.longest = longest
    }

    /// Reads `50ms`, `2s` or `50ms-2s`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.duration)
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
            first <= last
        else { return nil }
        self.init(shortest: first, longest: last)
    }

    /// One of them, evenly spread.
    func pick(using generator: inout some RandomNumberGenerator) -> Duration {
        guard shortest < longest else { return shortest }
        return shortest + (longest - shortest) * Double.random(in: 0...1, using: &generator)
    }

    /// Reads `50ms` or `0.1s`; nil for anything else.
    package static func duration(_ text: Substring) -> Duration? {
        let scale: Double
        let number: Substring
        if text.hasSuffix("ms") {
            (scale, number) = (0.001, text.dropLast(2))
        } else if text.hasSuffix("s") {
            (scale, number) = (1, text.dropLast())
        } else {
            return nil
        }
        guard let value = Double(number), (0...86_400).contains(value * scale) else { return nil }
        return .seconds(value * scale)
    }
}

/// A rate of bytes.
package struct Bandwidth: Hashable, Sendable {
    /// Bytes in a second; infinite for no limit.
    package let bytesPerSecond: Double

    /// No limit.
    package static let unlimited = Bandwidth(bytesPerSecond: .infinity)

    /// A rate in bytes a second.
    package init(bytesPerSecond: Double) { self.bytesPerSecond = bytesPerSecond }

    /// Reads `10Gbit/s`, `100Mbit/s`, `50MB/s` (decimal prefixes) or `50MiB/s`; nil for anything else.
    package init?(_ text: String) {
        guard text.hasSuffix("/s") else { return nil }
        let quantity = text.dropLast(2)
        let units: [(String, Double)] = [
            ("Gbit", 125_000_000), ("Mbit", 125_000), ("kbit", 125), ("GiB", 1_073_741_824),
            ("MiB", 1_048_576), ("KiB", 1_024), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ]
        guard let (unit, scale) = units.first(where: { quantity.hasSuffix($0.0) }),
            let number = Double(quantity.dropLast(unit.count)), number > 0, number.isFinite
        else { return nil }
        bytesPerSecond = number * scale
    }
}

/// Random numbers that are the same for the same seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
