import ArgumentParser
package import FleetSimulator
package import PrecacheModel

extension FleetShare: ExpressibleByArgument {
    /// Reads `25` or `2.5%`.
    package init?(argument: String) { self.init(argument) }
}

extension DelayRange: ExpressibleByArgument {
    /// Reads `50ms`, `2s` or `50ms-2s`.
    package init?(argument: String) { self.init(argument) }

    /// The range as it is written.
    package var defaultValueDescription: String { self == .none ? "0s" : "\(shortest)-\(longest)" }
}

extension Bandwidth: ExpressibleByArgument {
    /// Reads `10Gbit/s`, `50MB/s` or `50MiB/s`.
    package init?(argument: String) { self.init(argument) }

    /// The rate as it is written.
    package var defaultValueDescription: String {
        self == .unlimited ? "unlimited" : "\(Int(bytesPerSecond)) bytes/s"
    }
}

/// A number of bytes as an argument: `5368709120`, `5GiB`, `5GB`.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int64

    init(bytes: Int64) { self.bytes = bytes }

    init?(argument: String) {
        let units: [(String, Int64)] = [
            ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000),
            ("kB", 1_000),
        ]
        let unit = units.first { argument.hasSuffix($0.0) }
        guard let number = Int64(argument.dropLast(unit?.0.count ?? 0)), number >= 0 else { return nil }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        guard !isTooMuch else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes)" }
}

extension Reason: ExpressibleByArgument {}
