internal import Glibc

/// The time of day as log lines show it.
enum RFC3339 {
    /// Now, in milliseconds since 1970 in UTC.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Appends a time as `2026-01-02T03:04:05.678Z` (RFC 3339 section 5.6), years 0 to 9999.
    ///
    /// Howard Hinnant's `civil_from_days`: no calendar library is asked, so a line costs well under a microsecond.
    static func append(_ milliseconds: Int64, to bytes: inout [UInt8]) {
        let (days, inDay) = floorDivide(milliseconds, 86_400_000)
        let shifted = days + 719_468
        let (era, dayOfEra) = floorDivide(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        appendNumber(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendNumber(month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendNumber(day, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendNumber(inDay / 3_600_000, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendNumber(inDay / 60_000 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendNumber(inDay / 1_000 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        appendNumber(inDay % 1_000, digits: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
        return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
    }

    private static func appendNumber(_ value: Int64, digits: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
