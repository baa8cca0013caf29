/// Times as text (RFC 3339) both ways, by arithmetic on the proleptic Gregorian calendar: no calendar library is asked.
package enum RFC3339 {
    /// Microseconds in a day.
    private static let day: Int64 = 86_400_000_000

    /// A moment in UTC with six digits of fraction, 27 characters: `2026-01-31T08:00:00.000000Z`; years 0 to 9999.
    package static func bytes(microseconds: Int64) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(27)
        append(microseconds, digits: 6, to: &text)
        return text
    }

    /// Appends a moment in UTC with three digits of fraction, 24 characters: `2026-01-31T08:00:00.000Z`.
    package static func append(milliseconds: Int64, to text: inout [UInt8]) {
        append(milliseconds * 1_000, digits: 3, to: &text)
    }

    private static func append(_ microseconds: Int64, digits: Int, to text: inout [UInt8]) {
        let days = microseconds >= 0 ? microseconds / day : (microseconds - day + 1) / day
        var rest = microseconds - days * day
        let (year, month, date) = CivilCalendar.civil(fromDays: days)
        append(number: year, digits: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(number: month, digits: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(number: date, digits: 2, to: &text)
        for (unit, mark) in [
            (Int64(3_600_000_000), UInt8(ascii: "T")), (60_000_000, UInt8(ascii: ":")),
            (1_000_000, UInt8(ascii: ":")),
        ] {
            text.append(mark)
            append(number: rest / unit, digits: 2, to: &text)
            rest %= unit
        }
        text.append(UInt8(ascii: "."))
        append(number: digits == 6 ? rest : rest / 1_000, digits: digits, to: &text)
        text.append(UInt8(ascii: "Z"))
    }

    /// Microseconds since 1970 of a text in any offset; digits beyond the sixth are dropped; nil for anything else.
    package static func parse(_ text: String) -> Int64? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.mark("-"), let month = reader.number(2), reader.mark("-"),
            let date = reader.number(2), reader.mark("T", "t", " "), let hour = reader.number(2),
            reader.mark(":"), let minute = reader.number(2), reader.mark(":"), let second = reader.number(2),
            let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd,
            year >= 1, (1...12).contains(month), date >= 1,
            date <= CivilCalendar.length(ofMonth: month, in: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds = hour * 3600 + minute * 60 + second - offset
        return CivilCalendar.days(fromYear: year, month: month, date: date) * day + seconds * 1_000_000
            + fraction
    }

    private static func append(number value: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// Reads fixed-width fields from the left.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func number(_ width: Int) -> Int64? {
            guard position + width <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[position..<(position + width)] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            position += width
            return value
        }

        mutating func mark(_ allowed: Unicode.Scalar...) -> Bool {
            guard position < bytes.count, allowed.contains(where: { $0.value == UInt32(bytes[position]) })
            else { return false }
            position += 1
            return true
        }

        /// Microseconds; zero if there is no fraction, nil if there is an empty one.
        mutating func fraction() -> Int64? {
            guard mark(".") else { return 0 }
            var value: Int64 = 0
            var count = 0
            while let digit = number(1) {
                if count < 6 { value = value * 10 + digit }
                count += 1
            }
            guard count > 0 else { return nil }
            for _ in 0..<max(0, 6 - count) { value *= 10 }
            return value
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int64? {
            if mark("Z", "z") { return 0 }
            let isWest = mark("-")
            guard isWest || mark("+"), let hours = number(2), mark(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
        }
    }
}
