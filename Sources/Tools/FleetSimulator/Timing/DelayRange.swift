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

    private static func duration(_ text: Substring) -> Duration? {
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
