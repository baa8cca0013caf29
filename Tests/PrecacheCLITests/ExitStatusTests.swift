import PrecacheClient
import PrecacheCommands
import PrecacheModel
import Testing

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
