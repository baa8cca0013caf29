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
