import PrecacheCommands
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
            (5_081_088, "4.8 MiB"), (Int64.max, "8.0 EiB"), (-5, "0 B"),
        ]
    ) func bytes(value: Int64, text: String) {
        #expect(Quantity.bytes(value) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func counts(value: Int, text: String) {
        #expect(Quantity.count(value) == text)
    }

    @Test func nouns() {
        #expect(Quantity.count(1, "host") == "1 host")
        #expect(Quantity.count(1200, "host") == "1,200 hosts")
    }

    @Test(
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (90_061, "1d 01h"),
            (-3, "0s"),
        ]
    ) func durations(seconds: Int, text: String) {
        #expect(Quantity.duration(.seconds(seconds)) == text)
    }
}
