import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct ErrorTextTests {
    @Test func tellsWhatEachFieldWhichRequestAndWhatNext() {
        let error = ClientError(
            .refused,
            "2 fields are wrong",
            code: "invalid_input",
            status: 400,
            fields: [
                .init(field: "cache[0].id", message: "no such image\u{1B}[2J"),
                .init(field: "", message: "alone"),
            ],
            requestID: "req-1",
            hint: "Do this."
        )
        #expect(
            ErrorText.lines(error) == [
                "precache: 2 fields are wrong (invalid_input, 400)",
                "  cache[0].id: no such image\\u{1B}[2J",
                "  alone",
                "  request id: req-1",
                "  Do this.",
            ]
        )
    }

    @Test func saysWhichAddressDoesNotAnswer() async {
        let run = await ProgramRun(["status"], service: FakeService(["GET /healthz": [.away]]))
        #expect(run.status == .noAnswer)
        #expect(run.errors == "precache: no answer from http://service: connection refused\n")
    }
}
