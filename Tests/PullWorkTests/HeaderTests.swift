import HTTPTypes
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
        for text in ["bytes: 5-9/10", "bytes=5-9/10", "5-9/10", "Bytes 5-9/10"] {
            #expect(ContentRange(text) == range, "\(text)")
        }
        for text in [
            nil, "", "bytes", "bytes5-9/10", "items 1-2/3", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-/10",
            "bytes -5/10",
            "bytes 1-2",
        ] {
            #expect(ContentRange(text) == nil)
        }
    }

    @Test func onlyACodingThatChangesBytesIsALabel() {
        for text in ["", "identity", "aws-chunked", "utf-8", "binary", "none", "identity, identity", "8bit"] {
            #expect(ContentCoding.label([.contentEncoding: text]) == nil, "\(text)")
        }
        for text in ["gzip", "x-gzip", "aws-chunked,gzip", "GZIP", "zstd", "br"] {
            #expect(ContentCoding.label([.contentEncoding: text]) == "'\(text)'")
        }
        #expect(ContentCoding.label([:]) == nil)
        #expect(SourceText.shown("a\u{1B}[2Jb" + String(repeating: "c", count: 90)).count == 82)
    }

    /// Status, Content-Range and Content-Length against what was asked for and is there.
    @Test(
        arguments: [
            (206, "bytes 4-9/10", nil, 4, 4, AnswerPart(start: 4, total: 10, isToItsEnd: true)),
            (206, "bytes 4-6/10", 3, 4, 4, AnswerPart(start: 4, total: 10, isToItsEnd: false)),
            (206, "bytes 0-9/10", 10, 4, 4, AnswerPart(start: 0, total: 10, isToItsEnd: true)),
            (206, "bytes 2-5/*", nil, 4, 4, AnswerPart(start: 2, total: nil, isToItsEnd: false)),
            (206, "bytes 0-3/10", 4, 0, 0, AnswerPart(start: 0, total: 10, isToItsEnd: false)),
            (206, nil, 10, 0, 0, AnswerPart(start: 0, total: 10, isToItsEnd: true)),
            (203, nil, 10, 4, 4, AnswerPart(start: 0, total: 10, isToItsEnd: true)),
            (200, "bytes 4-9/10", 10, 0, 4, AnswerPart(start: 0, total: 10, isToItsEnd: true)),
        ] as [(Int, String?, Int?, Int64, Int64, AnswerPart)]
    )
    func whatAnAnswerBrings(
        status: Int,
        range: String?,
        length: Int?,
        asked: Int64,
        count: Int64,
        part: AnswerPart
    ) {
        let reading = AnswerPart.read(status: status, Self.head(range, length), asked: asked, has: count)
        #expect(reading == .part(part))
    }

    @Test(
        arguments: [
            ("bytes 5-9/10", nil, 4), ("bytes 0-3/10", nil, 4), ("bytes 4-9/9", nil, 4),
            ("bytes 4-9/10", 5, 4), (nil, 6, 4),
            ("items 4-9/10", nil, 4), ("bytes 1-9/10", nil, 0),
        ] as [(String?, Int?, Int64)]
    )
    func aPartThatCannotFollowSaysWhy(range: String?, length: Int?, asked: Int64) {
        guard
            case .useless(let why) = AnswerPart.read(
                status: 206,
                Self.head(range, length),
                asked: asked,
                has: asked
            )
        else {
            Issue.record("taken")
            return
        }
        #expect(why.contains(range.map { "'\($0)'" } ?? "missing"), "\(why)")
    }

    private static func head(_ range: String?, _ length: Int?) -> HTTPFields {
        var head = HTTPFields()
        head[.contentRange] = range
        head[.contentLength] = length.map(String.init)
        return head
    }
}
