import PrecacheModel
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"), (1_000_000, "1970-01-01T00:00:01.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (4_102_444_799_999_999, "2099-12-31T23:59:59.999999Z"),
        (1_763_928_000_123_456, "2025-11-23T20:00:00.123456Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ])
    func textsAndNumbersAgreeBothWays(microseconds: Int64, text: String) throws {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(try Timestamp(text).microseconds == microseconds)
    }

    @Test(arguments: [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00.000000Z"),
        ("2026-01-31t08:00:00z", "2026-01-31T08:00:00.000000Z"),
        ("2026-01-31 08:00:00.5Z", "2026-01-31T08:00:00.500000Z"),
        ("2026-01-31T08:00:00.123456789Z", "2026-01-31T08:00:00.123456Z"),
        ("2026-01-31T08:00:00+02:30", "2026-01-31T05:30:00.000000Z"),
        ("2025-12-31T23:30:00-01:00", "2026-01-01T00:30:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
    ])
    func otherSpellingsOfRFC3339AreRead(text: String, same: String) throws {
        #expect(try Timestamp(text).description == same)
    }

    @Test(arguments: [
        "", "now", "2026-01-31", "2026-01-31T08:00:00", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z", "2026-01-31T08:00:61Z", "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:00Z ", "+026-01-31T08:00:00Z", "2026-01-31T08:00:00+2:00", "0000-01-01T00:00:00Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(throws: InvalidValue.self) { try Timestamp(text) }
    }

    @Test func everyDayOfFourCenturiesComesBack() throws {
        for day in stride(from: Int64(-146_097), to: 146_097, by: 17) {
            let moment = Timestamp(microseconds: day * 86_400_000_000 + 1)
            #expect(try Timestamp(moment.description) == moment)
        }
    }

    @Test func sumsAndDifferences() {
        let moment = Timestamp(microseconds: 1_000_000)
        #expect((moment + .milliseconds(1500)).microseconds == 2_500_000)
        #expect((moment - .seconds(2)).microseconds == -1_000_000)
        #expect(moment - Timestamp(microseconds: 250_000) == .milliseconds(750))
        #expect((moment + .seconds(Int64.max / 2)).description == "9999-12-31T23:59:59.999999Z")
    }
}
