package import PrecacheModel
internal import TextForms

/// Whether a policy's jobs may be made.
package enum WindowState: Hashable, Sendable {
    /// Yes, until then; nil where no end is in sight.
    case open(until: Timestamp?)
    /// No, until then.
    case closed(until: Timestamp)

    /// Whether they may.
    package var isOpen: Bool {
        if case .open = self { true } else { false }
    }

    /// When that changes, by what is known now.
    package var end: Timestamp? {
        switch self {
        case .open(let end): end
        case .closed(let end): end
        }
    }
}

/// A policy's windows, as times: a function of the time alone, so that a clock that is set back changes nothing.
package struct WindowCalendar: Sendable {
    /// An end that is farther away isn't looked for.
    private static let sight: Int64 = 400 * 86_400

    private let windows: [Openings]

    /// A calendar of windows; none means always.
    ///
    /// Throws what `rules` throws: it tells what the clocks of a zone show.
    package init<Failure: Error>(
        _ windows: [PolicyWindow],
        rules: (String) throws(Failure) -> TimeZoneRules
    ) throws(Failure) {
        var openings: [Openings] = []
        for window in windows { openings.append(Openings(window, try rules(window.zone))) }
        self.windows = openings
    }

    /// What holds at a moment; windows that overlap or touch count as one.
    package func state(at now: Timestamp) -> WindowState {
        guard !windows.isEmpty else { return .open(until: nil) }
        let second =
            now.microseconds >= 0 ? now.microseconds / 1_000_000 : (now.microseconds - 999_999) / 1_000_000
        let end = end(from: second)
        if end == second {
            let next = windows.compactMap { $0.next(after: second) }.min()
            return .closed(until: Self.moment(next ?? .max))
        }
        return .open(until: end.map(Self.moment))
    }

    /// When all windows are closed that are open at a moment, or open before the others close: the moment itself if none is;
    /// nil if that isn't in sight.
    private func end(from second: Int64) -> Int64? {
        var end = second
        var isFinal = false
        while !isFinal {
            isFinal = true
            for window in windows {
                guard let opening = window.latest(until: end), opening + window.length > end else { continue }
                end = opening + window.length
                isFinal = false
            }
            if end > second + Self.sight { return nil }
        }
        return end
    }

    private static func moment(_ second: Int64) -> Timestamp {
        Timestamp(microseconds: min(second, 1 << 40) * 1_000_000)
    }
}

/// When one window opens.
private struct Openings {
    let cron: CronLine
    let zone: TimeZoneRules
    /// In seconds.
    let length: Int64
    /// The times of a day, in seconds as its clocks show them, ascending.
    let times: [Int64]

    init(_ window: PolicyWindow, _ zone: TimeZoneRules) {
        cron = window.cron
        length = Int64(window.hours) * 3600
        self.zone = zone
        let minutes = (0..<60).filter { window.cron.minutes & 1 << $0 != 0 }.map { Int64($0) * 60 }
        let hours = (0..<24).filter { window.cron.hours & 1 << $0 != 0 }.map { Int64($0) * 3600 }
        times = hours.flatMap { hour in minutes.map { hour + $0 } }
    }

    /// The last opening at or before a moment, unless it is closed again by then.
    func latest(until second: Int64) -> Int64? {
        let first = CivilCalendar.day(of: zone.local(second - length)) - 1
        var day = CivilCalendar.day(of: zone.local(second)) + 1
        while day >= first {
            let count = isOn(day) ? openings(of: day, until: second) : 0
            if count > 0 {
                let latest = opening(day, count - 1)
                return latest > second - length ? latest : nil
            }
            day -= 1
        }
        return nil
    }

    /// The first opening after a moment; nil if none comes in fifty years, which a leap day on a certain day of the week may
    /// nearly take.
    func next(after second: Int64) -> Int64? {
        let first = CivilCalendar.day(of: zone.local(second)) - 1
        var day = first
        while day < first + 50 * 366 {
            let date = CivilCalendar.civil(fromDays: day)
            if !cron.isIn(month: Int(date.month)) {
                day += CivilCalendar.length(ofMonth: date.month, in: date.year) - date.date + 1
                continue
            }
            if isOn(day) {
                let count = openings(of: day, until: second)
                if count < times.count { return opening(day, count) }
            }
            day += 1
        }
        return nil
    }

    private func isOn(_ day: Int64) -> Bool {
        let date = CivilCalendar.civil(fromDays: day)
        return cron.isOn(
            day: Int(date.date),
            month: Int(date.month),
            weekday: Int(CivilCalendar.weekday(of: day))
        )
    }

    private func opening(_ day: Int64, _ index: Int) -> Int64 {
        zone.first(showing: day * 86_400 + times[index])
    }

    /// How many openings of a day are at or before a moment: they come in the order of its times, whatever its clocks do.
    private func openings(of day: Int64, until second: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if opening(day, middle) <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
