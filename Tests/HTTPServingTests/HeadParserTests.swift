import HTTPTypes
import Testing

@testable import HTTPServing

struct HeadParserTests {
    private func parse(
        _ text: String,
        limits: ServerLimits = ServerLimits()
    ) throws(HTTPFailure) -> RequestHead {
        try parse(Array(text.utf8), limits: limits)
    }

    private func parse(
        _ bytes: [UInt8],
        limits: ServerLimits = ServerLimits()
    ) throws(HTTPFailure) -> RequestHead {
        let result = bytes.withUnsafeBytes { bytes -> Result<RequestHead, HTTPFailure> in
            Result { () throws(HTTPFailure) -> RequestHead in
                var scanner = HeadScanner()
                guard try scanner.scan(bytes, limits: limits) == bytes.count else {
                    throw HTTPFailure(status: .init(code: 999), code: "incomplete", message: "")
                }
                var parser = HeadParser(bytes, limits: limits)
                return try parser.parse()
            }
        }
        return try result.get()
    }

    private func status(_ text: String, limits: ServerLimits = ServerLimits()) -> Int {
        do throws(HTTPFailure) {
            _ = try parse(text, limits: limits)
            return 200
        } catch {
            return error.status.code
        }
    }

    @Test func aPlainRequestIsTakenApart() throws {
        let head = try parse("GET /a/b?c=d HTTP/1.1\r\nHost: x:80\r\nX-One:  two words\t\r\nEmpty:\r\n\r\n")
        #expect(head.method == .get)
        #expect(head.target == "/a/b?c=d")
        #expect(head.framing == .none)
        #expect(head.keepsAlive)
        #expect(!head.isOldVersion)
        let names = head.fields.all.map { "\($0.name.rawName)=\($0.value)" }
        #expect(names == ["Host=x:80", "X-One=two words", "Empty="])
        #expect(head.fields.first(try #require(HTTPField.Name("x-one"))) == "two words")
        #expect(head.fields.first(.accept) == nil)
    }

    @Test(arguments: [
        ("Content-Length: 7", RequestHead.Framing.length(7)), ("Content-Length: 0", .none),
        ("content-length:007", .length(7)), ("Transfer-Encoding: Chunked", .chunked),
    ])
    func theBodysFramingIsRead(field: String, framing: RequestHead.Framing) throws {
        #expect(try parse("POST / HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n").framing == framing)
    }

    @Test(arguments: [
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: -1", "Content-Length: 0x5",
        "Content-Length: 5 5", "Content-Length:", "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked", "Transfer-Encoding:", "Transfer-Encoding: \u{0b}chunked",
        "Transfer-Encoding : chunked", "Content-Length : 5", " Content-Length: 5", "\tX: y",
        "X: y\r\n folded", "X: y\r\n\tfolded", "No-Colon", ": empty name", "B@d: x", "B d: x", "Bad\u{7f}: x",
        "X: a\u{00}b", "X: a\u{01}b", "X: a\u{7f}b", "X: a\rb", "Host: y", "Host: y, z",
    ])
    func whateverCouldBeReadInTwoWaysIsRefused(fields: String) {
        #expect(status("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n") == 400)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\n",
        "GET / HTTP/1.1\r\n\r\n", "GET /\r\nHost: x\r\n\r\n", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\tHTTP/1.1\r\nHost: x\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / a HTTP/1.1\r\nHost: x\r\n\r\n", "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: x\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\u{01} HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /% HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\\ HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET file:///etc HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/11\r\nHost: x\r\n\r\n",
        "GET / http/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.\u{31}\u{31}\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func aBrokenRequestLineOrHeadIsRefused(text: String) {
        #expect(status(text) == 400)
    }

    @Test func aFieldValueOfObsTextIsPassedOn() throws {
        let head = try parse(
            Array("GET / HTTP/1.1\r\nHost: x\r\nX: ".utf8) + [0xc3, 0xa9] + Array("\r\n\r\n".utf8)
        )
        #expect(head.fields.first(try #require(HTTPField.Name("X"))) == "\u{e9}")
    }

    @Test func versionsOtherThan1AreRefusedAsSuch() {
        #expect(status("GET / HTTP/2.0\r\nHost: x\r\n\r\n") == 505)
        #expect(status("PRI * HTTP/2.0\r\n\r\n") == 505)
        #expect(status("GET / HTTP/1.2\r\nHost: x\r\n\r\n") == 200)
    }

    @Test func anAbsoluteTargetAndOPTIONSStarAreAccepted() throws {
        #expect(try parse("GET http://h/p?q HTTP/1.1\r\nHost: x\r\n\r\n").target == "http://h/p?q")
        #expect(try parse("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").target == "*")
    }

    @Test func connectionOptionsAreReadFromTheList() throws {
        #expect(try !parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo , CLOSE\r\n\r\n").keepsAlive)
        #expect(try !parse("GET / HTTP/1.0\r\n\r\n").keepsAlive)
        #expect(try parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive)
        #expect(try !parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keepsAlive)
    }

    @Test func anExpectationIsHonouredWithABodyOnlyOthersCannotBeMet() throws {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n"
        #expect(try parse(head + "Content-Length: 1\r\n\r\n").expectsContinue)
        #expect(try !parse(head + "\r\n").expectsContinue)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n") == 417)
    }

    @Test func theLimitsHoldToTheByte() {
        var limits = ServerLimits()
        limits.targetBytes = 10
        limits.headerCount = 2
        #expect(status("GET /123456789 HTTP/1.1\r\nHost: x\r\n\r\n", limits: limits) == 200)
        #expect(status("GET /1234567890 HTTP/1.1\r\nHost: x\r\n\r\n", limits: limits) == 414)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n", limits: limits) == 200)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\n\r\n", limits: limits) == 431)
        limits.headBytes = 27
        #expect(status("GET / HTTP/1.1\r\nHost: xy\r\n\r\n", limits: limits) == 431)
        limits.headBytes = 28
        #expect(status("GET / HTTP/1.1\r\nHost: xy\r\n\r\n", limits: limits) == 200)
    }

    @Test func noPrefixOfAGoodHeadIsTakenForCompleteAndNoneCrashes() throws {
        let text = Array("GET /a?b=%20 HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n".utf8)
        for length in 0..<text.count {
            let end = try text[..<length].withUnsafeBytes { bytes in
                var scanner = HeadScanner()
                return try scanner.scan(bytes, limits: ServerLimits())
            }
            #expect(end == nil)
        }
    }

    @Test func randomBytesAreRefusedOrParsedNeverFatal() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("GET / HTTP/1.1\r\n\r\n:: Host: x%\u{00}\tContent-Length0129chunked".utf8)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            bytes += Array("\r\n\r\n".utf8)
            _ = try? parse(bytes)
        }
    }
}
