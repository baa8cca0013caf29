import PrecacheModel
import Testing

@testable import PullWork

@Suite struct HeaderTests {
    @Test func retryAfterIsSecondsOrADate() throws {
        let now = try Timestamp("1994-11-06T08:49:00Z")
        #expect(RetryAfter.parse("120", now: now) == .seconds(120))
        #expect(RetryAfter.parse("0", now: now) == .zero)
        #expect(RetryAfter.parse("99999999999999999999", now: now) == .seconds(3_600))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(37))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero)
        for text in [nil, "", "soon", "-1", "1.5", "Sun, 06 Nix 1994 08:49:37 GMT"] {
            #expect(RetryAfter.parse(text, now: now) == nil)
        }
    }

    @Test func contentRangeIsReadStrictly() throws {
        let range = try #require(ContentRange("bytes 5-9/10"))
        #expect(range.start == 5 && range.end == 9 && range.total == 10)
        #expect(ContentRange("bytes */10")?.total == 10)
        #expect(ContentRange("bytes 0-0/*")?.start == 0)
        for text in [
            nil, "", "bytes", "items 1-2/3", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-/10", "bytes -5/10",
            "bytes 1-2",
        ] {
            #expect(ContentRange(text) == nil)
        }
    }
}
