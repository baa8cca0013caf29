/// The five fields of crontab(5) that say when something begins: minute, hour, day of the month, month, day of the week.
///
/// Each is `*`, a number, a range or a list of them; a range and `*` may have a step. Months and days of the week have
/// names of three letters. If neither day field begins with `*`, a day of either is meant; else a day of both.
package struct CronLine: Hashable, Sendable, CustomStringConvertible {
    /// The line as written, one space between fields.
    package let text: String
    /// The minutes, bit by bit, 0 to 59.
    package let minutes: UInt64
    /// The hours, bit by bit, 0 to 23.
    package let hours: UInt64
    private let days: UInt64
    private let months: UInt64
    private let weekdays: UInt64
    private let isEitherDay: Bool

    /// Reads a line.
    ///
    /// Throws ``InvalidValue`` with the rule it broke, also for a line that no day of the calendar fits.
    package init(_ text: String) throws(InvalidValue) {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard words.count == 5, text.utf8.count <= 255 else {
            throw InvalidValue(
                "cron line",
                text,
                rule: "five fields: minute, hour, day of the month, month, day of the week, as '0 1 * * *'"
            )
        }
        minutes = try CronField.minute.set(of: words[0])
        hours = try CronField.hour.set(of: words[1])
        days = try CronField.day.set(of: words[2])
        months = try CronField.month.set(of: words[3])
        let weekdays = try CronField.weekday.set(of: words[4])
        // Sunday is 0 and 7.
        self.weekdays = (weekdays | weekdays >> 7) & 0x7F
        isEitherDay = words[2].first != "*" && words[4].first != "*"
        self.text = words.joined(separator: " ")
        guard isPossible else {
            throw InvalidValue("cron line", text, rule: "a day that comes: none of its months has such a day")
        }
    }

    /// Whether it means a day.
    ///
    /// - Parameters:
    ///   - day: The day of the month, from 1.
    ///   - month: The month, from 1.
    ///   - weekday: The day of the week, Sunday being 0.
    /// - Returns: Whether it begins something on that day.
    package func isOn(day: Int, month: Int, weekday: Int) -> Bool {
        guard isIn(month: month) else { return false }
        let (isDay, isWeekday) = (days & 1 << UInt64(day) != 0, weekdays & 1 << UInt64(weekday) != 0)
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// Whether any day of a month, from 1, may be meant.
    package func isIn(month: Int) -> Bool { months & 1 << UInt64(month) != 0 }

    /// The line as written, fit for logs.
    package var description: String { text }

    /// A leap day falls on each day of the week in 400 years, so day and month decide.
    private var isPossible: Bool {
        isEitherDay
            || (1...12).contains { month in
                let length = month == 2 ? 29 : [4, 6, 9, 11].contains(month) ? 30 : 31
                return isIn(month: month) && days.trailingZeroBitCount <= length
            }
    }
}

/// One field's name, bounds and words.
private struct CronField {
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of the month", range: 1...31)
    static let month = CronField(
        name: "month",
        range: 1...12,
        words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
    static let weekday = CronField(
        name: "day of the week",
        range: 0...7,
        words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    )

    let name: String
    let range: ClosedRange<Int>
    var words: [String] = []

    func set(of text: String) throws(InvalidValue) -> UInt64 {
        var set: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let (first, last) = bounds(of: parts[0]) else { throw refusal(item) }
            var step = 1
            if parts.count == 2 {
                guard let number = number(parts[1]), (1...range.upperBound).contains(number),
                    parts[0] == "*" || parts[0].contains("-")
                else { throw refusal(item) }
                step = number
            }
            for value in stride(from: first, through: last, by: step) { set |= 1 << UInt64(value) }
        }
        return set
    }

    private func bounds(of text: Substring) -> (first: Int, last: Int)? {
        // Not 7 as well, which would count Sunday's twice with a step.
        if text == "*" { return (range.lowerBound, words.count == 7 ? 6 : range.upperBound) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = value(ends[0]) else { return nil }
        guard ends.count == 2 else { return (first, first) }
        guard var last = value(ends[1]) else { return nil }
        // "fri-sun" ends with the week.
        if words.count == 7, last == 0, first > 0, number(ends[1]) == nil { last = 7 }
        return first <= last ? (first, last) : nil
    }

    private func value(_ text: Substring) -> Int? {
        if let word = words.firstIndex(of: text.lowercased()) { return word + (words.count == 12 ? 1 : 0) }
        return number(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    private func refusal(_ item: Substring) -> InvalidValue {
        let names = words.isEmpty ? "" : ", names as '\(words[1])'"
        return InvalidValue(
            name,
            String(item),
            rule:
                "*, numbers from \(range.lowerBound) to \(range.upperBound)\(names), rising ranges, and steps of these as '*/5'"
        )
    }
}
