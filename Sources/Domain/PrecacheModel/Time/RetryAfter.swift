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
