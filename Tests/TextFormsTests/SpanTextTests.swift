import Testing
import TextForms

@Suite struct SpanTextTests {
    @Test(
        arguments: [
            ("90s", 90), ("45m", 2_700), ("1h30m", 5_400), ("2d12h", 216_000), ("1d1h1m1s", 90_061),
            ("0s", 0),
            ("007m", 420),
        ]
    ) func reads(text: String, seconds: Int) {
        #expect(SpanText.seconds(text) == seconds)
    }

    @Test(
        arguments: [
            "", "90", "h", "30m1h", "1h1h", "1h30", "-1h", "1.5h", " 1h", "1h ", "1 h", "1w", "1H", "1e3s",
            "9223372036854775807m", "9223372036854775807s1s", "+1h", "１h",
        ]
    ) func refuses(text: String) {
        #expect(SpanText.seconds(text) == nil)
    }
}
