import FanOut
import HTTPFetching
import PrecacheAPI
import PrecacheModel
import Testing

@testable import AgentLink

struct AgentAnswerTests {
    @Test(arguments: [
        (401, Reason.agentUnauthorized, AgentFailure.Retry.permanent), (403, .agentUnauthorized, .permanent),
        (404, .agentProtocol, .permanent), (400, .agentProtocol, .permanent),
        (302, .agentProtocol, .permanent),
        (421, .wrongHost, .permanent),
        (409, .agentProtocol, .retryable), (500, .agentProtocol, .retryable),
        (429, .agentUnreachable, .retryable),
        (503, .agentUnreachable, .retryable),
    ])
    func statusesHaveAReason(status: Int, reason: Reason, retry: AgentFailure.Retry) {
        let failure = AgentAnswer.failure(status: status, retryAfter: nil, body: Array("<html>".utf8))
        #expect(failure == AgentFailure(reason: reason, detail: "The agent answered \(status)", retry: retry))
    }

    @Test func quotesTheProblemAndItsWait() {
        let body = #"{"type":"about:blank","code":"draining","detail":"The agent stops"}"#
        let failure = AgentAnswer.failure(status: 503, retryAfter: "7", body: Array(body.utf8))
        #expect(failure.detail == "The agent answered 503: draining, The agent stops")
        #expect(failure.retryAfter == .seconds(7))
    }

    @Test func anOlderAgentIsToldByWhatItDoesNotKnow() {
        func refuses(_ errors: String) -> Bool {
            AgentAnswer.refusesHost(Array(#"{"code":"invalid_input","errors":[\#(errors)]}"#.utf8))
        }
        #expect(refuses(#"{"field":"host","message":"is not known here; known are job_id"}"#))
        #expect(!refuses(#"{"field":"hosts","message":"is not known here; known are job_id"}"#))
        #expect(!refuses(#"{"field":"host","message":"must be a string"}"#))
        #expect(!refuses("") && !AgentAnswer.refusesHost([]))
    }

    @Test func quotesNothingThatMovesACursor() {
        let body = #"{"code":"x\u001b[2J","detail":"ok"}"#
        let failure = AgentAnswer.failure(status: 400, retryAfter: "soon", body: Array(body.utf8))
        #expect(failure.detail == "The agent answered 400: (unprintable), ok")
        #expect(failure.retryAfter == nil)
    }

    @Test func everyFetchErrorHasAReason() {
        let expected: [FetchError.Code: Reason] = [
            .resolve: .agentUnreachable, .connect: .agentUnreachable, .tls: .agentUnauthorized,
            .timeout: .agentTimeout, .idle: .agentTimeout, .tooSlow: .agentTimeout,
            .closed: .agentUnreachable,
            .tooManyRedirects: .agentProtocol, .refusedRedirect: .agentProtocol, .badURL: .agentUnreachable,
            .tooLarge: .agentProtocol, .cancelled: .cancelled, .protocolViolation: .agentProtocol,
            .refusedAddress: .agentUnreachable, .other: .agentUnreachable,
        ]
        for code in FetchError.Code.allCases {
            let failure = AgentFailure(FetchError(code: code, retry: .permanent, message: "m"))
            #expect(failure.reason == expected[code], "\(code)")
        }
        let broken = AgentFailure(FetchError(code: .tls, retry: .retryable, message: "cut"))
        #expect(broken.reason == .agentUnreachable)
        #expect(broken.retry == .retryable)
    }
}
