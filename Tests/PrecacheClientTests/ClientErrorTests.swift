import HTTPTypes
import PrecacheClient
import Testing

@Suite struct ClientErrorTests {
    private static func error(_ status: Int, _ body: String, _ headers: HTTPFields = [:]) -> ClientError {
        ClientError(
            answer: ServiceAnswer(status: .init(code: status), headers: headers, body: Array(body.utf8)),
            address: "http://service"
        )
    }

    @Test func tellsAllThatAProblemSays() throws {
        let body = """
            {"type":"about:blank","title":"Bad Request","status":400,"detail":"1 field is wrong.",
             "code":"invalid_input","errors":[{"field":"cache[0].id","message":"unknown"}],"request_id":"req-9"}
            """
        let error = Self.error(400, body)
        #expect(error.kind == .refused)
        #expect(error.message == "1 field is wrong")
        #expect(error.code == "invalid_input")
        #expect(error.status == 400)
        #expect(error.fields == [.init(field: "cache[0].id", message: "unknown")])
        #expect(error.requestID == "req-9")
        #expect(!error.isTransient)
    }

    @Test(
        arguments: [
            (401, ClientError.Kind.notAllowed), (403, .notAllowed), (404, .notFound), (409, .refused),
            (429, .noAnswer), (500, .failed), (502, .noAnswer), (503, .noAnswer), (302, .unreadable),
        ]
    ) func sortsStatuses(status: Int, kind: ClientError.Kind) {
        let error = Self.error(status, "<html>")
        #expect(error.kind == kind)
        #expect(error.isTransient == (status == 429 || status >= 500))
    }

    @Test func saysWhoAnsweredWhereThereIsNoProblem() {
        #expect(Self.error(502, "<html>").message == "http://service answered 502 and no more")
    }

    @Test func anAddressWithAPathIsSuspectedWhereNothingIsFound() {
        let hint = { (address: String, body: String) in
            ClientError(answer: ServiceAnswer(status: .notFound, body: Array(body.utf8)), address: address)
                .hint
        }
        let nothing = #"{"detail":"there is nothing at this path","code":"not_found"}"#
        #expect(hint("http://service:7700/v1", nothing)?.contains("Is it http://service:7700?") == true)
        #expect(hint("http://service:7700", nothing) == nil)
        #expect(hint("http://service:7700/v1", #"{"code":"host_not_found"}"#) == nil)
    }

    @Test func takesTheWaitFromTheAnswer() {
        #expect(Self.error(503, "", [.retryAfter: "7"]).hint == "Try again in 7 s.")
        #expect(Self.error(503, "").hint == "Try again in a little while.")
    }
}
