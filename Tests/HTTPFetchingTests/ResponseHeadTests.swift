import HTTPTypes
import Testing

@testable import HTTPFetching

struct ResponseHeadTests {
    private func take(_ lines: [String], limit: Int = 1_000) throws -> ResponseHead {
        var head = ResponseHead(limit: limit)
        for line in lines { try Array((line + "\r\n").utf8).withUnsafeBytes { try head.take($0) } }
        return head
    }

    @Test func keepsFieldsInOrderWithoutOuterSpace() throws {
        let head = try take(["HTTP/1.1 206 ", "A:  x y \t", "B:", "A: z", ""])
        #expect(head.status == 206)
        #expect(head.isComplete)
        #expect(head.fields.map { "\($0.name)=\($0.value)" } == ["A=x y", "B=", "A=z"])
    }

    @Test func goesOnWithAFoldedField() throws {
        let head = try take([
            "HTTP/1.1 206 Partial Content", "Content-Range: bytes 0-9/", " 10", "X-Empty:", "\t here", "X: a",
            "  b ",
            "", "\tc", "",
        ])
        #expect(head.fields[.contentRange] == "bytes 0-9/ 10")
        #expect(head.fields.map(\.value) == ["bytes 0-9/ 10", "here", "a b"])
    }

    @Test func spaceBeforeAColonIsNobodys() throws {
        #expect(try take(["HTTP/1.1 200", "Content-Length : 5", ""]).fields[.contentLength] == "5")
    }

    @Test(arguments: [
        (["HTTP/1.1 200", "a\u{1}b: c"], "The header line 'a?b: c' has no valid name"),
        (["HTTP/1.1 abc"], "The status line 'HTTP/1.1 abc' is not that of HTTP/1"),
        (["HTTP/1.1 200", " folded"], "The header line ' folded' goes on with none"),
        (
            ["HTTP/1.1 200", "Content-Length: 5", "Content-Length: 6"],
            "The response has two different Content-Length headers, '5' and '6'"
        ),
    ])
    func namesWhatItObjectsTo(lines: [String], message: String) {
        do {
            _ = try take(lines)
            Issue.record("taken")
        } catch ResponseHead.Violation.malformed(let text) {
            #expect(text == message)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test(arguments: [
        ["HTTP/1.1 2", ""], ["HTTP/1.1 abc", ""], ["HTTP/1.1 200", " folded"], ["HTTP/1.1 200", "a b: c"],
    ])
    func refusesWhatIsNoHead(lines: [String]) {
        #expect(throws: ResponseHead.Violation.self) { try take(lines) }
    }
}
