import FoundationEssentials
import TextForms

/// A moment, in microseconds since 1970-01-01T00:00:00Z without leap seconds (POSIX).
///
/// As text it is RFC 3339 in UTC with six digits of fraction, so that texts sort as their moments do.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970, from year 1 to year 9999.
    package let microseconds: Int64

    /// The bounds that RFC 3339 can write.
    private static let earliest: Int64 = -62_135_596_800_000_000
    private static let latest: Int64 = 253_402_300_799_999_999

    /// A moment; what RFC 3339 can't write is moved to the nearest that it can.
    package init(microseconds: Int64) {
        self.microseconds = min(max(microseconds, Self.earliest), Self.latest)
    }

    /// The wall clock's reading.
    ///
    /// It may go back: measure durations with a monotonic clock.
    package static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    /// Reads RFC 3339 text in any offset; digits beyond the sixth are dropped.
    ///
    /// Throws ``InvalidValue`` for anything else. A leap second counts as the second after it.
    package init(_ text: String) throws(InvalidValue) {
        guard let value = RFC3339.parse(text) else {
            throw InvalidValue("time", text, rule: "RFC 3339, for example 2026-01-31T08:00:00Z")
        }
        self.init(microseconds: value)
    }

    /// The moment `duration` later.
    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = moment.microseconds.addingReportingOverflow(microseconds(of: duration))
        return Timestamp(microseconds: overflow ? (duration < .zero ? earliest : latest) : sum)
    }

    /// The moment `duration` earlier.
    package static func - (moment: Timestamp, duration: Duration) -> Timestamp { moment + (.zero - duration) }

    /// The time from `earlier` to `later`; negative if they are the other way round.
    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }

    /// Orders by time.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// RFC 3339 in UTC, 27 characters: `2026-01-31T08:00:00.000000Z`.
    package var description: String {
        String(decoding: RFC3339.bytes(microseconds: microseconds), as: UTF8.self)
    }

    /// The same as ``description``, as ASCII bytes.
    package var utf8: [UInt8] { RFC3339.bytes(microseconds: microseconds) }

    private static func microseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, -1_000_000_000_000), 1_000_000_000_000)
        return bounded * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}

/// The `Retry-After` header (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// The longest that a server is listened to: an hour.
    package static let longest = Duration.seconds(3_600)

    /// The time to wait, from zero to ``longest``, or nil for a value that is neither seconds nor a date.
    package static func parse(_ text: String?, now: Timestamp) -> Duration? {
        guard let text else { return nil }
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if !digits.isEmpty && digits.count == text.utf8.count {
            return min(.seconds(Int64(text) ?? Int64.max / 2), longest)
        }
        guard let date = date(text) else { return nil }
        return min(max(date - now, .zero), longest)
    }

    /// An IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return try? Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
