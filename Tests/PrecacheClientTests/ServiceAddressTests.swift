import HTTPTypes
import PrecacheClient
import Testing

@Suite struct ServiceAddressTests {
    @Test(
        arguments: [
            ("http://127.0.0.1:7700/", "http://127.0.0.1:7700", true),
            ("HTTPS://precache.example", "https://precache.example", false),
            ("http://[::1]:7700", "http://[::1]:7700", true),
            ("http://localhost/precache//", "http://localhost/precache", true),
        ]
    ) func takes(text: String, address: String, isLoopback: Bool) throws {
        let parsed = try ServiceAddress(text)
        #expect(parsed.text == address)
        #expect(parsed.isLoopback == isLoopback)
    }

    @Test(arguments: ["", "localhost:7700", "ftp://x", "http://", "http://x/?a=b", "http://x y"])
    func refuses(text: String) {
        let error = #expect(throws: ClientError.self) { try ServiceAddress(text) }
        #expect(error?.kind == .input)
        #expect(error?.message == "'\(text)' is not a service address")
    }

    @Test func doesNotRepeatAPassword() {
        let error = #expect(throws: ClientError.self) { try ServiceAddress("http://me:secret@host") }
        #expect(error?.message == "the service address must not hold a user or password")
    }
}

@Suite struct ServiceRequestTests {
    @Test func encodesWhatPathsAndQueriesCannotHold() {
        let request = ServiceRequest(
            .get,
            ["v1", "aggregates", "a/b ?ü", "images"],
            query: QueryItem.present([("after", "x&y=z"), ("state", nil), ("limit", "5")])
        )
        #expect(request.target == "/v1/aggregates/a%2Fb%20%3F%C3%BC/images?after=x%26y%3Dz&limit=5")
    }

    @Test(arguments: [(".", "%2E"), ("..", "%2E%2E"), ("...", "..."), ("a.b-c_d~e", "a.b-c_d~e")])
    func keepsNamesFromBecomingSteps(text: String, encoded: String) {
        #expect(PercentEncoding.encoded(text) == encoded)
    }
}
