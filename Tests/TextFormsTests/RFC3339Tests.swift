import Glibc
import Testing
import TextForms

@Suite("RFC 3339 times")
struct RFC3339Tests {
    func text(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        RFC3339.append(milliseconds: milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func knownMoments(milliseconds: Int64, expected: String) {
        #expect(text(milliseconds) == expected)
    }

    @Test func agreesWithTheCLibraryOnEveryDayOfTwoCenturies() {
        for day in stride(from: Int64(-36_524), to: 73_048, by: 1) {
            var seconds = time_t(day * 86_400 + 43_200)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let expected = (parts.tm_year + 1_900, parts.tm_mon + 1, parts.tm_mday)
            let got = text(Int64(seconds) * 1_000).prefix(10).split(separator: "-").compactMap { Int32($0) }
            guard got == [expected.0, expected.1, expected.2] else {
                Issue.record("\(got) for \(expected)")
                return
            }
        }
    }
}
