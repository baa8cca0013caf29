import Testing

@testable import HTTPFetching

struct DurationTests {
    @Test func roundsUpToMilliseconds() {
        #expect(Duration.zero.milliseconds == 1)
        #expect(Duration.seconds(-5).milliseconds == 1)
        #expect(Duration.nanoseconds(1_000_001).milliseconds == 2)
        #expect(Duration.seconds(3).milliseconds == 3_000)
        #expect(Duration.seconds(1 << 60).milliseconds == 2_147_483_000)
    }
}
