import PrecacheModel
import Testing

@testable import FanOut

@Suite struct OutboxTests {
    let job = JobID.make()

    func key(_ host: Int, _ attempt: Int = 1) -> AttemptKey {
        AttemptKey(job: job, host: host, attempt: attempt)
    }

    @Test func whatComesForOneAttemptSharesAReport() {
        var outbox = Outbox()
        outbox.add(key(1), [ImageReport(image: 0, ImageOutcome(.cached))], next: .goesOn)
        outbox.add(key(2), [ImageReport(image: 0, ImageOutcome(.cached))], next: .done)
        outbox.add(key(1), [ImageReport(image: 1, ImageOutcome(.existing))], next: .done)
        #expect(outbox.reports.map(\.host) == [1, 2])
        #expect(outbox.reports[0].images.map(\.image) == [0, 1])
        #expect(outbox.reports[0].next == .done)
    }

    @Test func anotherAttemptIsAnotherReport() {
        var outbox = Outbox()
        outbox.add(key(1), [], next: .released)
        outbox.add(key(1, 2), [], next: .goesOn)
        #expect(outbox.reports.map(\.attempt) == [1, 2])
    }

    @Test func whatIsWrittenIsDroppedAndTheRestStillJoins() {
        var outbox = Outbox()
        outbox.add(key(1), [], next: .done)
        outbox.add(key(2), [], next: .goesOn)
        outbox.drop(1)
        outbox.add(key(2), [ImageReport(image: 3, ImageOutcome(.cached))], next: .done)
        #expect(outbox.reports.map(\.host) == [2])
        #expect(outbox.reports[0].images.count == 1)
        outbox.drop(1)
        #expect(outbox.isEmpty)
    }
}
