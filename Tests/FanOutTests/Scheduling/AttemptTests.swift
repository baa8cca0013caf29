import PrecacheModel
import Testing

@testable import FanOut

@Suite struct AttemptTests {
    let source = SourceKey(url: "http://images.example/")

    func attempt(_ names: [String]) throws -> Attempt {
        let images = try names.map { try Samples.image($0) }
        return Attempt(
            task: try Samples.task(images: images),
            on: try Samples.agent(),
            ordinals: images.indices.map { $0 + 10 },
            imageSources: images.map { SourceKey(url: $0.url) },
            startedAt: .zero
        )
    }

    @Test func aGoodOutcomeIsReportedOnce() throws {
        var attempt = try attempt(["a", "b"])
        let first = attempt.take(Samples.outcome(.cached), of: try ImageID("b"))
        #expect(first.report?.image == 11)
        #expect(first.report?.outcome == .cached)
        #expect(attempt.take(Samples.outcome(.existing), of: try ImageID("b")).report == nil)
    }

    @Test func aPermanentErrorIsFinalAndARetryableOneIsKept() throws {
        var attempt = try attempt(["a", "b"])
        #expect(
            attempt.take(Samples.outcome(.error, .imageNotFound), of: try ImageID("a")).report?.reason
                == .imageNotFound
        )
        #expect(attempt.take(Samples.outcome(.error, .sourceError), of: try ImageID("b")).report == nil)
        #expect(attempt.states[1] == .failed(Samples.outcome(.error, .sourceError)))
        #expect(attempt.openOrdinal(of: try ImageID("b")) == nil)
    }

    @Test func aDetailOfOneImmenseCharacterIsCut() throws {
        var attempt = try attempt(["a"])
        var outcome = Samples.outcome(.error, .imageNotFound)
        outcome.detail = "e" + String(repeating: "\u{301}", count: 30_000)
        let detail = try #require(attempt.take(outcome, of: try ImageID("a")).report?.detail)
        #expect(detail.unicodeScalars.count == ImageReport.detailLimit)
    }

    @Test func strangersAndCancelledSayNothing() throws {
        var attempt = try attempt(["a"])
        #expect(attempt.take(Samples.outcome(.cached), of: try ImageID("x")).report == nil)
        #expect(attempt.take(Samples.outcome(.cancelled, .cancelled), of: try ImageID("a")).report == nil)
        #expect(attempt.states == [.open])
    }

    @Test(arguments: [Outcome.pending, .running, .skipped])
    func whatIsNoOutcomeOfAnAttemptIsAProtocolErrorThatIsTriedAgain(_ outcome: Outcome) throws {
        var attempt = try attempt(["a"])
        #expect(attempt.take(Samples.outcome(outcome), of: try ImageID("a")).report == nil)
        guard case .failed(let failure) = attempt.states[0] else {
            Issue.record("not kept")
            return
        }
        #expect(failure.reason == .agentProtocol)
        #expect(failure.isRetryable)
    }

    @Test func theSourceComesFreeWithItsLastImage() throws {
        var attempt = try attempt(["a", "b"])
        #expect(attempt.sources == [source: 2])
        #expect(attempt.take(Samples.outcome(.cached), of: try ImageID("a")).freed == nil)
        #expect(attempt.take(Samples.outcome(.error, .sourceError), of: try ImageID("b")).freed == source)
        #expect(attempt.sources.isEmpty)
    }

    @Test func anErrorWithoutReasonGetsOneAndDetailsAreCut() throws {
        var attempt = try attempt(["a"])
        var outcome = Samples.outcome(.error)
        outcome.detail = String(repeating: "x", count: 5000)
        let report = attempt.take(outcome, of: try ImageID("a")).report
        #expect(report?.reason == .internal)
        #expect(report?.detail?.count == 1000)
    }
}
