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

    @Test(arguments: [
        ["HTTP/1.1 2", ""], ["HTTP/1.1 abc", ""], ["HTTP/1.1 200", " folded"], ["HTTP/1.1 200", "a b: c"],
    ])
    func refusesWhatIsNoHead(lines: [String]) {
        #expect(throws: ResponseHead.Violation.self) { try take(lines) }
    }
}
