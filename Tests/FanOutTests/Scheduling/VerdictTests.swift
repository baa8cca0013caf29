import PrecacheModel
import Testing

@testable import FanOut

@Suite struct VerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var number = 1
        var said: [Reason] = []
        var hasTimedOut = false
        let end: AttemptEnd
        var closing: Closing?
        var timeLeft = Duration.seconds(1000)
        let outcome: Outcome
        let reason: Reason
        var retryIn: Duration?
    }

    static let unreachable = AttemptEnd.failed(
        AgentFailure(reason: .agentUnreachable, detail: "refused")
    )
    static let unauthorized = AttemptEnd.failed(AgentFailure(reason: .agentUnauthorized, detail: "401"))
    static let busy = AttemptEnd.failed(
        AgentFailure(reason: .agentUnreachable, detail: "busy", retryAfter: .seconds(30))
    )

    static let rows = [
        Row(
            testDescription: "retryable: again",
            end: unreachable,
            outcome: .pending,
            reason: .agentUnreachable,
            retryIn: .seconds(1)
        ),
        Row(
            testDescription: "second attempt: twice the pause",
            number: 2,
            end: unreachable,
            outcome: .pending,
            reason: .agentUnreachable,
            retryIn: .seconds(2)
        ),
        Row(
            testDescription: "last attempt: final",
            number: 3,
            end: unreachable,
            outcome: .error,
            reason: .agentUnreachable
        ),
        Row(
            testDescription: "permanent: final at once",
            end: unauthorized,
            outcome: .error,
            reason: .agentUnauthorized
        ),
        Row(
            testDescription: "Retry-After is added",
            end: busy,
            outcome: .pending,
            reason: .agentUnreachable,
            retryIn: .seconds(31)
        ),
        Row(
            testDescription: "no time for another attempt",
            end: busy,
            timeLeft: .seconds(20),
            outcome: .error,
            reason: .agentUnreachable
        ),
        Row(
            testDescription: "ended without outcome",
            end: .finished,
            outcome: .pending,
            reason: .agentProtocol,
            retryIn: .seconds(1)
        ),
        Row(
            testDescription: "the image's own error beats the end's",
            said: [.sourceThrottled],
            end: unauthorized,
            outcome: .pending,
            reason: .sourceThrottled,
            retryIn: .seconds(1)
        ),
        Row(
            testDescription: "timed out, then stopped",
            hasTimedOut: true,
            end: .finished,
            outcome: .pending,
            reason: .agentTimeout,
            retryIn: .seconds(1)
        ),
        Row(
            testDescription: "cancelled job",
            end: .finished,
            closing: .cancelled,
            outcome: .cancelled,
            reason: .cancelled
        ),
        Row(
            testDescription: "deadline",
            hasTimedOut: true,
            end: .timedOut,
            closing: .deadlineExceeded,
            outcome: .error,
            reason: .deadlineExceeded
        ),
        Row(
            testDescription: "a permanent error stays one in a cancelled job",
            end: unauthorized,
            closing: .cancelled,
            outcome: .error,
            reason: .agentUnauthorized
        ),
    ]

    @Test(arguments: rows)
    func judges(_ row: Row) throws {
        let image = try Samples.image("a")
        var attempt = Attempt(
            task: try Samples.task(images: [image], attempt: row.number),
            on: try Samples.agent(),
            ordinals: [4],
            imageSources: [SourceKey(url: image.url)],
            startedAt: .zero
        )
        attempt.hasTimedOut = row.hasTimedOut
        for reason in row.said { _ = attempt.take(Samples.outcome(.error, reason), of: try ImageID("a")) }
        let verdict = Verdict.judge(attempt, row.end, circumstances(row.closing, timeLeft: row.timeLeft))
        #expect(verdict.images.map(\.image) == [4])
        #expect(verdict.images.first?.outcome == row.outcome)
        #expect(verdict.images.first?.reason == row.reason)
        #expect(verdict.retryIn == row.retryIn)
    }

    @Test func onlyImagesThatMayEndBetterAreTriedAgain() throws {
        let images = try ["a", "b", "c"].map { try Samples.image($0) }
        var attempt = Attempt(
            task: try Samples.task(images: images),
            on: try Samples.agent(),
            ordinals: [0, 1, 2],
            imageSources: images.map { SourceKey(url: $0.url) },
            startedAt: .zero
        )
        _ = attempt.take(Samples.outcome(.cached), of: try ImageID("a"))
        _ = attempt.take(Samples.outcome(.error, .noSpace), of: try ImageID("b"))
        var throttled = Samples.outcome(.error, .sourceThrottled)
        throttled.retryAfter = .seconds(100_000)
        _ = attempt.take(throttled, of: try ImageID("c"))
        let verdict = Verdict.judge(attempt, .finished, circumstances(nil, timeLeft: .seconds(99999)))
        #expect(verdict.images.map(\.image) == [2])
        #expect(verdict.retryIn == .seconds(3601), "a wish beyond the limit counts as the limit")
    }

    @Test func anAgentThatGaveTheTaskUpUnaskedIsTriedAgain() throws {
        let image = try Samples.image("a")
        var attempt = Attempt(
            task: try Samples.task(images: [image]),
            on: try Samples.agent(),
            zone: "west",
            ordinals: [0],
            imageSources: [SourceKey(url: image.url)],
            startedAt: .zero
        )
        var given = Samples.outcome(.cancelled, .cancelled)
        (given.fromPeersBytes, given.fromSourceBytes, given.fromFarBytes) = (5, 4, 3)
        _ = attempt.take(given, of: try ImageID("a"))
        let verdict = Verdict.judge(attempt, .finished, circumstances(nil, timeLeft: .seconds(100)))
        #expect(verdict.images.map(\.outcome) == [.pending])
        #expect(verdict.images.map(\.reason) == [.agentUnreachable])
        #expect(verdict.images.map(\.fromSourceBytes) == [4], "it was read all the same")
        #expect(verdict.images.map(\.fromPeersBytes) == [5] && verdict.images.map(\.fromFarBytes) == [3])
        #expect(verdict.images.map(\.zone) == ["west"])
        let closing = Verdict.judge(attempt, .finished, circumstances(.cancelled, timeLeft: .seconds(100)))
        #expect(closing.images.map(\.outcome) == [.cancelled])
    }

    private func circumstances(_ closing: Closing?, timeLeft: Duration) -> Verdict.Circumstances {
        Verdict.Circumstances(
            closing: closing,
            limits: Samples.limits(),
            timeLeft: timeLeft,
            retry: RetryPolicy(),
            retryAfterLimit: .seconds(3600),
            jitter: 1
        )
    }
}
