import Policies
import PrecacheModel
import TestSupport
import Testing

@Suite struct WindowCalendarTests {
    private func window(_ cron: String, _ hours: Int, _ zone: String) throws -> PolicyWindow {
        PolicyWindow(cron: try CronLine(cron), hours: hours, zone: zone)
    }

    private func calendar(_ windows: PolicyWindow...) throws -> WindowCalendar {
        try WindowCalendar(windows, rules: zone)
    }

    private func moment(_ text: String) throws -> Timestamp { try Timestamp(text) }

    @Test func withoutWindowsItIsAlwaysOpen() throws {
        #expect(try calendar().state(at: moment("2026-01-01T00:00:00Z")) == .open(until: nil))
    }

    @Test(arguments: [
        ("2026-06-01T22:59:59.999999Z", false, "2026-06-01T23:00:00Z"),
        ("2026-06-01T23:00:00Z", true, "2026-06-02T03:00:00Z"),
        ("2026-06-02T02:59:59.999999Z", true, "2026-06-02T03:00:00Z"),
        ("2026-06-02T03:00:00Z", false, "2026-06-02T23:00:00Z"),
    ])
    func aNight(at: String, isOpen: Bool, until: String) throws {
        let state = try calendar(window("0 1 * * *", 4, "Europe/Berlin")).state(at: moment(at))
        #expect(state == (isOpen ? .open(until: try moment(until)) : .closed(until: try moment(until))))
    }

    /// 02:30 doesn't exist in Berlin on 29 March 2026: it opens at 03:00, an hour long nevertheless.
    @Test func anOpeningThatIsLeftOut() throws {
        let calendar = try calendar(window("30 2 * * *", 1, "Europe/Berlin"))
        #expect(
            try calendar.state(at: moment("2026-03-29T00:59:59Z"))
                == .closed(until: moment("2026-03-29T01:00:00Z"))
        )
        #expect(
            try calendar.state(at: moment("2026-03-29T01:00:00Z"))
                == .open(until: moment("2026-03-29T02:00:00Z"))
        )
        #expect(
            try calendar.state(at: moment("2026-03-29T02:00:00Z"))
                == .closed(until: moment("2026-03-30T00:30:00Z"))
        )
    }

    /// 02:30 comes twice in Berlin on 25 October 2026: it opens at the first alone.
    @Test func anOpeningThatComesTwice() throws {
        let calendar = try calendar(window("30 2 * * *", 1, "Europe/Berlin"))
        #expect(
            try calendar.state(at: moment("2026-10-25T00:30:00Z"))
                == .open(until: moment("2026-10-25T01:30:00Z"))
        )
        #expect(
            try calendar.state(at: moment("2026-10-25T01:30:00Z"))
                == .closed(until: moment("2026-10-26T01:30:00Z"))
        )
    }

    @Test func windowsThatOverlapOrTouchAreOne() throws {
        let calendar = try calendar(
            window("0 1 * * *", 2, "UTC"),
            window("0 2 * * *", 4, "UTC"),
            window("0 6 * * *", 1, "UTC"),
            window("0 3 * * *", 1, "UTC")
        )
        #expect(
            try calendar.state(at: moment("2026-01-01T01:30:00Z"))
                == .open(until: moment("2026-01-01T07:00:00Z"))
        )
        #expect(
            try calendar.state(at: moment("2026-01-01T07:00:00Z"))
                == .closed(until: moment("2026-01-02T01:00:00Z"))
        )
    }

    @Test func windowsWithoutAGapHaveNoEnd() throws {
        for (cron, hours) in [("* * * * *", 1), ("0 * * * *", 1), ("0 0 * * *", 24), ("0 0 * * mon", 168)] {
            let calendar = try calendar(window(cron, hours, "UTC"))
            #expect(try calendar.state(at: moment("2026-01-01T01:30:00Z")) == .open(until: nil), "\(cron)")
        }
        let gap = try calendar(window("0 0 * * mon", 167, "UTC"))
        #expect(
            try gap.state(at: moment("2026-01-11T23:30:00Z"))
                == .closed(until: moment("2026-01-12T00:00:00Z"))
        )
    }

    @Test(arguments: [
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        // A Sunday as well, by the rule of "*/7": once in forty years around 2100.
        ("0 0 29 2 */7", "2080-01-01T00:00:00Z", "2088-02-29T00:00:00Z"),
        ("0 0 29 2 */7", "2088-03-01T00:00:00Z", "2128-02-29T00:00:00Z"),
        ("0 12 31 * *", "2026-01-31T13:00:00Z", "2026-03-31T12:00:00Z"),
    ])
    func farAway(cron: String, from: String, opens: String) throws {
        let calendar = try calendar(window(cron, 1, "UTC"))
        #expect(try calendar.state(at: moment(from)) == .closed(until: moment(opens)))
    }

    @Test func anUnknownZoneIsTheCallersToHear() throws {
        #expect(throws: ZoneDatabase.UnknownZone.self) {
            try calendar(window("0 0 * * *", 1, "Mars/Olympus"))
        }
    }

    /// By walking two years minute by minute with a clock of the zone: a line's minute opens it when the clock first shows it, or
    /// jumps over it.
    private func brute(_ window: PolicyWindow, from: Int64, to: Int64) throws -> [ClosedRange<Int64>] {
        let zone = try zone(window.zone)
        var open: [ClosedRange<Int64>] = []
        var shown = zone.local(from - 60)
        var period = zone.period(at: from)
        var time = from
        while time < to {
            if time >= period.end { period = zone.period(at: time) }
            let now = time + period.offset
            while shown < now {
                shown += 60
                guard Self.matches(window.cron, shown) else { continue }
                let end = time + Int64(window.hours) * 3600
                if let last = open.last, last.upperBound >= time {
                    open[open.count - 1] = last.lowerBound...end
                } else {
                    open.append(time...end)
                }
            }
            time += 60
        }
        return open
    }

    private static func matches(_ cron: CronLine, _ shown: Int64) -> Bool {
        let minute = shown % 86_400 / 60
        guard cron.minutes & 1 << (minute % 60) != 0, cron.hours & 1 << (minute / 60) != 0 else {
            return false
        }
        let day = shown / 86_400
        // 1970 began on a Thursday; the months by counting.
        var (year, rest) = (1970, Int(day))
        while true {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, length) in lengths.enumerated() {
                if rest < length {
                    return cron.isOn(day: rest + 1, month: month + 1, weekday: Int((day + 4) % 7))
                }
                rest -= length
            }
            year += 1
        }
    }

    @Test(arguments: [
        ("0 1 * * *", 4, "Europe/Berlin"), ("30 2 * * *", 1, "Europe/Berlin"),
        ("*/20 2 * * sun", 1, "America/New_York"),
        ("15 1,2 * 3,4,10,11 *", 2, "Australia/Lord_Howe"),
        ("0 22 * * fri", 60, "Asia/Kolkata"), ("0 0 31 * *", 168, "UTC"), ("0 */2 * * *", 1, "Europe/Berlin"),
    ])
    func asByWalkingTwoYears(cron: String, hours: Int, zone: String) throws {
        let window = try window(cron, hours, zone)
        let calendar = try calendar(window)
        let (from, to) = (second("2026-01-01T00:00:00Z"), second("2028-01-01T00:00:00Z"))
        let open = try brute(window, from: from - 8 * 86_400, to: to + 60 * 86_400)
        let edges = open.flatMap { [$0.lowerBound, $0.upperBound] }
        var random = SplitMix(seed: 7)
        let samples = (0..<300).map { _ in Int64.random(in: from..<to, using: &random) }
        var wrong: [Int64] = []
        for time in (edges.flatMap { [$0 - 1, $0] } + samples) where time >= from && time < to {
            // The first edge after it.
            var (low, high) = (0, edges.count)
            while low < high {
                let middle = (low + high) / 2
                if edges[middle] <= time { low = middle + 1 } else { high = middle }
            }
            let end = Timestamp(microseconds: edges[low] * 1_000_000)
            let expected: WindowState = low % 2 == 1 ? .open(until: end) : .closed(until: end)
            let now = Timestamp(microseconds: time * 1_000_000 + 999_999)
            if calendar.state(at: now) != expected { wrong.append(time) }
        }
        #expect(wrong.isEmpty && open.count > 10, "\(wrong.prefix(3))")
    }
}
