import Policies
import TextForms

/// A TZif file made to measure.
struct ZoneFile {
    var version = UInt8(ascii: "2")
    var changes: [(at: Int64, type: UInt8)] = []
    /// Seconds ahead of UTC.
    var types: [Int32] = [0]
    var leaps = 0
    var footer = "\nUTC0\n"

    private func number(_ value: Int64, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> Int64(8 * (bytes - 1 - $0))) }
    }

    private func header(_ counts: [Int]) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in counts { bytes += number(Int64(count), 4) }
        return bytes
    }

    var bytes: [UInt8] {
        // The old block has one change and a type, which are to be passed over.
        var bytes = header([1, 1, 1, 1, 1, 4]) + [UInt8](repeating: 0xFF, count: 4 + 1 + 6 + 4 + 8 + 2)
        bytes += header([0, 0, leaps, changes.count, types.count, 4])
        for change in changes { bytes += number(change.at, 8) }
        bytes += changes.map(\.type)
        for type in types { bytes += number(Int64(type), 4) + [0, 0] }
        return bytes + Array("UTC\0".utf8) + Array(footer.utf8)
    }
}

/// Seconds since 1970 of a time written as RFC 3339.
func second(_ text: String) -> Int64 { (RFC3339.parse(text) ?? .min) / 1_000_000 }

/// A time zone of this machine.
func zone(_ name: String) throws -> TimeZoneRules { try ZoneDatabase().rules(of: name) }
