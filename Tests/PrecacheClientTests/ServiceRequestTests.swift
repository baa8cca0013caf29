import HTTPTypes
import PrecacheClient
import Testing

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
