internal import TextForms

/// A time zone as POSIX writes it (`TZ`, with RFC 8536's longer hours): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Sendable {
    /// What clocks are ahead of UTC in standard time.
    private let standard: Int64
    /// What they are ahead in the other time of the year, and when it begins and ends; nil if there is none.
    private let saving: Saving?

    private struct Saving {
        let offset: Int64
        let start, end: YearlyRule
    }

    /// The period that a moment is in.
    func period(at time: Int64) -> TimeZoneRules.Period {
        guard let saving else { return .init(start: .min, end: .max, offset: standard) }
        // Beyond any calendar nothing changes any more; and the sums below stay in range.
        guard time.magnitude < 1 << 50 else { return .init(start: .min, end: .max, offset: standard) }
        let year = CivilCalendar.civil(fromDays: CivilCalendar.day(of: time + standard)).year
        var (start, end, offset) = (Int64.min, Int64.max, standard)
        for year in year - 1...year + 1 {
            let begins = saving.start.time(in: year) - standard
            let ends = saving.end.time(in: year) - saving.offset
            // Where a year's end is the next one's start (saving all year) the start holds: it comes later here.
            for (change, next) in [(ends, standard), (begins, saving.offset)] {
                if change <= time, change >= start {
                    (start, offset) = (change, next)
                } else if change > time {
                    end = min(end, change)
                }
            }
        }
        return .init(start: start, end: end, offset: offset)
    }

    /// Reads the text; nil if it is anything else.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = Reader(rest: text)
        guard text.count <= 256, reader.name(), let offset = reader.time(most: 25) else { return nil }
        standard = -offset
        if reader.rest.isEmpty {
            saving = nil
            return
        }
        guard reader.name() else { return nil }
        var ahead = standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let offset = reader.time(most: 25) else { return nil }
            ahead = -offset
        }
        guard reader.mark(","), let start = reader.rule(), reader.mark(","), let end = reader.rule(),
            reader.rest.isEmpty
        else { return nil }
        saving = Saving(offset: ahead, start: start, end: end)
    }

    /// A moment of each year, by the clocks that hold before it.
    private struct YearlyRule {
        enum Day {
            /// `Mm.w.d`: the week's day, Sunday being 0, of a month's week 1 to 5, 5 being the last.
            case weekday(month: Int64, week: Int64, day: Int64)
            /// `Jn`: from 1, February the 29th not counted.
            case ordinal(Int64)
            /// `n`: from 0, all days counted.
            case index(Int64)
        }

        let day: Day
        let seconds: Int64

        /// As seconds since 1970 as the clocks show them.
        func time(in year: Int64) -> Int64 { date(in: year) * 86_400 + seconds }

        private func date(in year: Int64) -> Int64 {
            let newYear = CivilCalendar.days(fromYear: year, month: 1, date: 1)
            switch day {
            case .index(let index): return newYear + index
            case .ordinal(let number):
                let hasLeapDay = CivilCalendar.length(ofMonth: 2, in: year) == 29
                return newYear + number - (hasLeapDay && number >= 60 ? 0 : 1)
            case .weekday(let month, let week, let day):
                let first = CivilCalendar.days(fromYear: year, month: month, date: 1)
                var date = first + (day - CivilCalendar.weekday(of: first) + 7) % 7 + (week - 1) * 7
                if date >= first + CivilCalendar.length(ofMonth: month, in: year) { date -= 7 }
                return date
            }
        }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func mark(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// `CET`, or `<+0330>`.
        mutating func name() -> Bool {
            if mark("<") {
                let name = rest.prefix { $0 != UInt8(ascii: ">") }
                rest = rest.dropFirst(name.count)
                return !name.isEmpty && mark(">")
            }
            let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
            let name = rest.prefix { letters.contains($0 | 0x20) }
            rest = rest.dropFirst(name.count)
            return name.count >= 3
        }

        mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
            return range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time(most hours: Int64) -> Int64? {
            let isNegative = mark("-")
            if !isNegative { _ = mark("+") }
            guard var seconds = number(0...hours).map({ $0 * 3600 }) else { return nil }
            for unit: Int64 in [60, 1] where mark(":") {
                guard let value = number(0...59) else { return nil }
                seconds += value * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func rule() -> YearlyRule? {
            guard let day = day() else { return nil }
            guard mark("/") else { return YearlyRule(day: day, seconds: 7200) }
            return time(most: 167).map { YearlyRule(day: day, seconds: $0) }
        }

        private mutating func day() -> YearlyRule.Day? {
            if mark("M") {
                guard let month = number(1...12), mark("."), let week = number(1...5), mark("."),
                    let day = number(0...6)
                else { return nil }
                return .weekday(month: month, week: week, day: day)
            }
            if mark("J") { return number(1...365).map { .ordinal($0) } }
            return number(0...365).map { .index($0) }
        }
    }
}
