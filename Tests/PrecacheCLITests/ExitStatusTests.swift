import PrecacheClient
import PrecacheCommands
import PrecacheModel
import Testing

@testable import PrecacheCommands

@Suite struct ExitStatusTests {
    @Test(
        arguments: [
            (JobState.succeeded, Int32(0)), (.partial, 2), (.failed, 3), (.cancelled, 3), (.queued, 0),
            (.running, 0),
        ]
    ) func ofAState(state: JobState, status: Int32) {
        #expect(ExitStatus(of: state).rawValue == status)
    }

    @Test(
        arguments: [
            (ClientError.Kind.noAnswer, Int32(4)), (.notAllowed, 4), (.notFound, 1), (.refused, 1),
            (.failed, 1), (.unreadable, 1), (.input, 64), (.cancelled, 130),
        ]
    ) func ofAnError(kind: ClientError.Kind, status: Int32) {
        #expect(ExitStatus(of: ClientError(kind, "")).rawValue == status)
    }

    @Test func eachStatusThatAPersonMeetsIsInTheHelp() {
        for status in ExitStatus.allCases where status != .outputClosed {
            #expect(ExitStatus.help.contains("  \(status.rawValue) "))
        }
    }
}

@Suite struct ErrorTextTests {
    @Test func tellsWhatEachFieldWhichRequestAndWhatNext() {
        let error = ClientError(
            .refused,
            "2 fields are wrong",
            code: "invalid_input",
            status: 400,
            fields: [
                .init(field: "cache[0].id", message: "the image 'x\u{1B}[2J' is not in the catalogue"),
                .init(field: "port", message: "must be a number"),
            ],
            requestID: "req-1",
            hint: "Do this."
        )
        #expect(
            ErrorText.lines(error) == [
                "precache: 2 fields are wrong (invalid_input, 400)",
                "  the image 'x\\u{1B}[2J' is not in the catalogue",
                "  port: must be a number",
                "  request id: req-1",
                "  Do this.",
            ]
        )
    }

    @Test func whatIsWrongWithOneFieldIsSaidOnce() {
        let error = ClientError(
            .refused,
            "port: must be a whole number from 1 to 65535",
            code: "bad_request",
            status: 400,
            fields: [.init(field: "port", message: "must be a whole number from 1 to 65535")]
        )
        #expect(
            ErrorText.lines(error) == [
                "precache: port: must be a whole number from 1 to 65535 (bad_request, 400)"
            ]
        )
    }

    @Test func saysWhichAddressDoesNotAnswer() async {
        let run = await ProgramRun(["status"], service: FakeService(["GET /healthz": [.away]]))
        #expect(run.status == .noAnswer)
        #expect(run.errors == "precache: no answer from http://service: connection refused\n")
    }
}
