import Testing

@testable import LoadGeneration

struct LatencyRecordTests {
    @Test func percentilesOfLatencies() {
        var record = LatencyRecord()
        for number in 1...100 { record.record(.milliseconds(number)) }
        #expect(abs(record.milliseconds(atPercentile: 50) - 50) < 0.1)
        #expect(abs(record.milliseconds(atPercentile: 99) - 99) < 0.1)
        #expect(record.count == 100 && LatencyRecord().longestMilliseconds == 0)
    }
}
