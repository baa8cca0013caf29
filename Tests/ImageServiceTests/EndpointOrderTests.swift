import Testing

@testable import ImageService

@Suite struct EndpointOrderTests {
    private let now = ContinuousClock.now

    @Test func endpointsAreUsedInTurn() {
        var order = EndpointOrder()
        let firsts = (0..<4).map { _ in order.next(["a", "b", "c"], now: now).first }
        #expect(firsts == ["a", "b", "c", "a"])
    }

    @Test func oneThatFailedComesLastForAWhileOrForAsLongAsItAsked() {
        var order = EndpointOrder()
        order.failed("a", retryAfter: nil, now: now)
        #expect(order.next(["a", "b"], now: now) == ["b", "a"])
        #expect(order.next(["a", "b"], now: now + .seconds(29)) == ["b", "a"])
        #expect(order.next(["a", "b"], now: now + .seconds(31)) == ["a", "b"])
        order.failed("b", retryAfter: .seconds(100), now: now)
        #expect(order.beginning(with: "b", ["a", "b"], now: now + .seconds(99)) == ["a", "b"])
        #expect(order.beginning(with: "b", ["a", "b"], now: now + .seconds(101)) == ["b", "a"])
    }

    @Test func oneThatWorksAgainIsTrustedAtOnceAndAllThatFailAreStillTried() {
        var order = EndpointOrder()
        for name in ["a", "b"] { order.failed(name, retryAfter: nil, now: now) }
        #expect(Set(order.next(["a", "b"], now: now)) == ["a", "b"])
        order.worked("b")
        #expect(order.next(["a", "b"], now: now).first == "b")
    }
}
