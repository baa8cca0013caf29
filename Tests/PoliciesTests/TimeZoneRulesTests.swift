import Policies
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29T00:59:59Z", 3600), ("Europe/Berlin", "2026-03-29T01:00:00Z", 7200),
        ("Europe/Berlin", "2026-10-25T00:59:59Z", 7200), ("Europe/Berlin", "2026-10-25T01:00:00Z", 3600),
        ("Europe/Berlin", "2100-07-01T00:00:00Z", 7200), ("Europe/Berlin", "2100-01-01T00:00:00Z", 3600),
        ("Europe/Berlin", "1980-04-06T00:59:59Z", 3600), ("Europe/Berlin", "1980-04-06T01:00:00Z", 7200),
        ("America/New_York", "2026-03-08T06:59:59Z", -18_000),
        ("America/New_York", "2026-03-08T07:00:00Z", -14_400),
        ("America/New_York", "2060-11-07T05:59:59Z", -14_400),
        ("America/New_York", "2060-11-07T06:00:00Z", -18_000),
        ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", 39_600),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37_800),
        ("Australia/Lord_Howe", "2050-10-01T15:29:59Z", 37_800),
        ("Australia/Lord_Howe", "2050-10-01T15:30:00Z", 39_600),
        ("Asia/Kolkata", "2026-07-01T00:00:00Z", 19_800), ("UTC", "2026-07-01T00:00:00Z", 0),
        ("Etc/UTC", "2026-07-01T00:00:00Z", 0), ("Etc/GMT+10", "2026-07-01T00:00:00Z", -36_000),
    ])
    func whatClocksShow(name: String, time: String, offset: Int64) throws {
        #expect(try zone(name).period(at: second(time)).offset == offset)
    }

    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin",
    ])
    func periodsFollowEachOther(name: String) throws {
        let zone = try zone(name)
        var time = second("1970-01-01T00:00:00Z")
        var count = 0
        while time < second("2110-01-01T00:00:00Z") {
            let period = zone.period(at: time)
            #expect(period.start <= time && time < period.end)
            #expect(zone.period(at: period.end - 1) == period)
            time = period.end
            count += 1
        }
        #expect((100...400).contains(count))
    }

    @Test(arguments: [
        ("2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z"), ("2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z"),
        ("2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z"), ("2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"),
        ("2026-03-29T03:00:01Z", "2026-03-29T01:00:01Z"), ("2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"), ("2026-07-01T12:00:00Z", "2026-07-01T10:00:00Z"),
    ])
    func aTimeThatIsLeftOutOrComesTwice(shown: String, moment: String) throws {
        #expect(try zone("Europe/Berlin").first(showing: second(shown)) == second(moment))
    }

    /// Samoa had no 30 December 2011.
    @Test func aDayThatIsLeftOut() throws {
        let zone = try zone("Pacific/Apia")
        #expect(zone.first(showing: second("2011-12-30T12:00:00Z")) == second("2011-12-30T10:00:00Z"))
        #expect(zone.first(showing: second("2011-12-31T00:00:00Z")) == second("2011-12-30T10:00:00Z"))
    }

    @Test(arguments: [
        // Ireland's winter is the other time of the year, and its hour is behind.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-01T00:00:00Z", 0),
        ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T00:59:59Z", -10_800),
        ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T01:00:00Z", -7200),
        ("EST5EDT4,0/0,J365/23", "2026-01-01T05:00:00Z", -14_400),
        ("EST5EDT4,0/0,J365/23", "2026-12-31T23:59:59Z", -14_400),
        ("AAA0BBB,J60,J61", "2024-03-01T02:00:00Z", 3600), ("AAA0BBB,J60,J61", "2024-02-29T12:00:00Z", 0),
        ("AAA0BBB,59,60", "2024-02-29T02:00:00Z", 3600), ("AAA0BBB,59,60", "2023-02-28T12:00:00Z", 0),
        ("AAA-5:30:15", "2026-01-01T00:00:00Z", 19_815), ("", "2026-01-01T00:00:00Z", 0),
    ])
    func rulesOfPosix(footer: String, time: String, offset: Int64) throws {
        let zone = try TimeZoneRules(file: ZoneFile(footer: "\n\(footer)\n").bytes)
        #expect(zone.period(at: second(time)).offset == offset)
    }

    @Test func theFileSpeaksUntilItsLastChange() throws {
        let last = second("2026-01-01T00:00:00Z")
        let file = ZoneFile(
            changes: [(last, 1)],
            types: [60, 7200],
            footer: "\nCET-1CEST,M3.5.0,M10.5.0/3\n"
        )
        let zone = try TimeZoneRules(file: file.bytes)
        let (before, after) = (zone.period(at: last - 1), zone.period(at: last))
        #expect(before.end == last && before.offset == 60)
        #expect(after.start == last && after.end == second("2026-03-29T01:00:00Z") && after.offset == 7200)
        #expect(zone.period(at: second("2026-12-01T00:00:00Z")).offset == 3600)
    }

    @Test(arguments: [
        ZoneFile(version: 0), ZoneFile(types: []), ZoneFile(leaps: 1), ZoneFile(types: [93_600]),
        ZoneFile(types: [-90_000]), ZoneFile(changes: [(0, 1)]), ZoneFile(changes: [(5, 0), (5, 0)]),
        ZoneFile(changes: [(5, 0), (4, 0)]), ZoneFile(changes: [(.min, 0)]), ZoneFile(footer: ""),
        ZoneFile(footer: "\n"), ZoneFile(footer: "\nUTC0"), ZoneFile(footer: "\nU0\n"),
        ZoneFile(footer: "\nUTC\n"),
        ZoneFile(footer: "\nUTC26\n"), ZoneFile(footer: "\nUTC0DST\n"),
        ZoneFile(footer: "\nUTC0DST,M13.1.0,1\n"),
        ZoneFile(footer: "\nUTC0DST,M1.6.0,1\n"), ZoneFile(footer: "\nUTC0DST,1/168,2\n"),
        ZoneFile(footer: "\nUTC0DST,J0,2\n"), ZoneFile(footer: "\nUTC0DST,366,2\n"),
        ZoneFile(footer: "\nUTC0DST,1\n"),
        ZoneFile(footer: "\nUTC0DST,1,2x\n"), ZoneFile(footer: "\n<UTC0\n"), ZoneFile(footer: "\n<>0\n"),
    ])
    func whatIsNotAsTheStandardSaysIsRefused(file: ZoneFile) {
        #expect(throws: TimeZoneRules.BadFile.self) { try TimeZoneRules(file: file.bytes) }
    }

    @Test func aFileIsWholeOrNotTaken() throws {
        let bytes = ZoneFile(changes: [(0, 0), (5, 1)], types: [0, 3600]).bytes
        _ = try TimeZoneRules(file: bytes)
        for count in bytes.indices {
            let isTaken = (try? TimeZoneRules(file: Array(bytes.prefix(count)))) != nil
            #expect(!isTaken, "\(count) bytes")
        }
    }

    /// Counts of any size, and anything else: an answer or a refusal, never a trap.
    @Test(arguments: 0..<20 as Range<UInt64>) func anyBytes(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let whole = ZoneFile(
            changes: (0..<8).map { (Int64($0) * 15_768_000, UInt8($0 % 2)) },
            types: [3600, 7200],
            footer: "\nCET-1CEST,M3.5.0,M10.5.0/3\n"
        ).bytes
        for _ in 0..<500 {
            guard let zone = try? TimeZoneRules(file: random.mutated(whole)) else { continue }
            let time = Int64.random(in: -(1 << 40)...1 << 40, using: &random)
            let period = zone.period(at: time)
            #expect(period.start <= time && time < period.end)
            #expect(zone.first(showing: time) >= time - 26 * 3600)
        }
    }

    @Test(arguments: [
        ("Europe/Berln", "'Europe/Berln'; did you mean 'Europe/Berlin'?"), ("Nowhere", "'Nowhere'"),
        ("..", "'..'"),
        ("Europe", "'Europe'"), ("Europe/../UTC", "'Europe/../UTC'"), ("", "''"),
    ])
    func anUnknownZoneIsNamed(name: String, words: String) throws {
        let error = try #require(throws: ZoneDatabase.UnknownZone.self) { try zone(name) }
        #expect(error.description.contains("there is no time zone \(words)"))
    }

    @Test func withoutADatabaseThereIsUTC() throws {
        let none = ZoneDatabase(folder: "/nonexistent")
        #expect(try none.rules(of: "UTC").period(at: 0).offset == 0)
        let error = try #require(throws: ZoneDatabase.UnknownZone.self) {
            try none.rules(of: "Europe/Berlin")
        }
        #expect(error.description.contains("the package tzdata is missing"))
    }

    @Test func aFileThatIsNoneIsNamed() throws {
        let error = try #require(throws: ZoneDatabase.UnknownZone.self) {
            try ZoneDatabase(folder: "/etc").rules(of: "hostname")
        }
        #expect(error.description == "the file of the time zone 'hostname' is cut short")
    }
}
