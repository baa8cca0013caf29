import PrecacheModel
import Testing

@Suite struct CronLineTests {
    private func hours(_ text: String) throws -> [Int] {
        let line = try CronLine("0 \(text) * * *")
        return (0..<24).filter { line.hours & 1 << UInt64($0) != 0 }
    }

    @Test func listsRangesAndSteps() throws {
        #expect(try hours("*") == Array(0...23))
        #expect(try hours("1") == [1])
        #expect(try hours("1,3,5-7") == [1, 3, 5, 6, 7])
        #expect(try hours("*/6") == [0, 6, 12, 18])
        #expect(try hours("8-18/4,23") == [8, 12, 16, 23])
        #expect(try CronLine("59 0 1 1 0").minutes == 1 << 59)
    }

    @Test func fieldsMayBeFarApart() throws {
        #expect(try CronLine("  0\t1   * * *  ").text == "0 1 * * *")
    }

    @Test(arguments: [
        ("mon", [1]), ("MON-Wed", [1, 2, 3]), ("0", [0]), ("7", [0]), ("5-7", [0, 5, 6]),
        ("fri-sun", [0, 5, 6]),
        ("sun", [0]), ("sun-tue", [0, 1, 2]), ("*/2", [0, 2, 4, 6]), ("*", Array(0...6)), ("sat,1", [1, 6]),
    ])
    func daysOfTheWeek(text: String, days: [Int]) throws {
        let line = try CronLine("0 0 * * \(text)")
        #expect((0...6).filter { line.isOn(day: 1, month: 1, weekday: $0) } == days)
    }

    @Test func months() throws {
        let line = try CronLine("0 0 * jan,6-8,DEC *")
        #expect((1...12).filter { line.isIn(month: $0) } == [1, 6, 7, 8, 12])
        #expect(!line.isOn(day: 1, month: 2, weekday: 1) && line.isOn(day: 1, month: 6, weekday: 1))
    }

    /// crontab(5): where both day fields are restricted, either brings the day; a field that begins with `*` isn't.
    @Test func eitherDayIfBothAreRestricted() throws {
        let either = try CronLine("0 0 13 * fri")
        #expect(either.isOn(day: 13, month: 1, weekday: 2) && either.isOn(day: 2, month: 1, weekday: 5))
        #expect(!either.isOn(day: 12, month: 1, weekday: 4))
        let both = try CronLine("0 0 */2 * fri")
        #expect(both.isOn(day: 1, month: 1, weekday: 5))
        #expect(!both.isOn(day: 1, month: 1, weekday: 4) && !both.isOn(day: 2, month: 1, weekday: 5))
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *", "* * * * 8", "-1 * * * *", "1- * * * *", "5-1 * * * *", "1,,2 * * * *", ",1 * * * *",
        "*/0 * * * *", "*/ * * * *", "5/2 * * * *", "1-5/60 * * * *", "*/2/3 * * * *", "1.5 * * * *",
        "a * * * *",
        "* * * feb-jan *", "* * * mon *", "* * * * jan", "* * * * wed-mon", "001 * * * *", "+1 * * * *",
        "٣ * * * *", "** * * * *", "*-5 * * * *", "99999999999999999999 * * * *",
    ])
    func whatIsNoLineIsRefused(text: String) {
        #expect(throws: InvalidValue.self) { try CronLine(text) }
    }

    @Test(arguments: [
        ("0 0 31 2 *", false), ("0 0 30 2 *", false), ("0 0 29 2 *", true), ("0 0 31 4,6,9,11 *", false),
        ("0 0 31 4-7 *", true), ("0 0 30,31 feb *", false), ("0 0 31 2 mon", true), ("0 0 31 2 */2", false),
    ])
    func aLineMustHaveADay(text: String, comes: Bool) {
        #expect(((try? CronLine(text)) != nil) == comes)
    }

    @Test func aRefusalNamesTheFieldAndTheRule() throws {
        let wrong = try #require(throws: InvalidValue.self) { try CronLine("0 1-25 * * *") }
        #expect(wrong.description.contains("'1-25' is not a valid hour: *, numbers from 0 to 23"))
        let never = try #require(throws: InvalidValue.self) { try CronLine("0 0 31 2 *") }
        #expect(never.description.contains("'0 0 31 2 *'") && never.description.contains("a day that comes"))
    }

    @Test(arguments: [
        ("Europe/Berlin", true), ("UTC", true), ("Etc/GMT+10", true),
        ("America/Argentina/Buenos_Aires", true),
        ("", false), ("/etc/passwd", false), ("../x", false), ("Europe/../x", false), ("Europe/", false),
        ("Europe//Berlin", false), ("Europe/Ber lin", false), ("a\u{0}", false), ("Zürich", false),
        (".hidden", false),
        (String(repeating: "a", count: 65), false),
    ])
    func zones(text: String, isOne: Bool) {
        #expect(((try? PolicyWindow.checkedZone(text)) != nil) == isOne)
    }

    @Test(arguments: [
        ("web-base", true), ("0", true), ("a.b_c", true), ("", false), ("-a", false), ("a/b", false),
        ("a b", false),
        ("ä", false), ("a\n", false), (String(repeating: "a", count: 64), true),
        (String(repeating: "a", count: 65), false),
    ])
    func policyNames(text: String, isOne: Bool) {
        #expect(((try? PolicyName(text)) != nil) == isOne)
    }
}
