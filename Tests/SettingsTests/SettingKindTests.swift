import Testing

@testable import Settings

@Suite("Kinds of settings")
struct SettingKindTests {
    typealias Sample = SampleSchema

    @Test(arguments: [
        ("0", 0), ("1024", 1_024), ("1KiB", 1_024), ("64MiB", 67_108_864), ("64 MiB", 67_108_864),
        ("2GiB", 2_147_483_648), ("3TiB", 3_298_534_883_328), ("12B", 12),
    ])
    func numbersOfBytesTakeBinaryUnits(text: String, expected: Int) throws {
        #expect(try Sample.load(["SAMPLED_CACHE_MAX_BYTES": text])[Sample.maxBytes] == expected)
    }

    @Test(arguments: [
        "1MB", "1 m", "MiB", "-1", "-1KiB", "1.5GiB", "9999999TiB", "1  KiB", "0x10", "1_000", "1e3",
    ])
    func whatIsNoNumberOfBytesIsRefused(text: String) {
        #expect(Sample.problems(["SAMPLED_CACHE_MAX_BYTES": text]).map(\.key) == ["cache.max_bytes"])
    }

    @Test(arguments: [("1", Duration.seconds(1)), ("1.5", .milliseconds(1_500)), ("1e3", .seconds(1_000))])
    func secondsMayHaveAFraction(text: String, expected: Duration) throws {
        #expect(try Sample.load([:], ["--fanout-host-timeout-seconds", text])[Sample.timeout] == expected)
    }

    @Test(arguments: [("90s", 90), ("10m", 600), ("1h30m", 5_400), ("1d", 86_400)])
    func timesTakeTheUsualUnits(text: String, seconds: Int) throws {
        #expect(
            try Sample.load([:], ["--fanout-host-timeout-seconds", text])[Sample.timeout] == .seconds(seconds)
        )
        let file = try ScratchFile("[fanout]\nhost_timeout_seconds = \"\(text)\"\n")
        #expect(Sample.problems(file: file.path).isEmpty)
    }

    @Test(arguments: [
        "0", "0.999", "86400.1", "nan", "inf", "0x10", "1S", "10min", "25h", "0s", "1h30", "1e300", "-5",
        " 5",
    ])
    func secondsOutOfRangeOrOfNoNumberAreRefused(text: String) {
        #expect(!Sample.problems([:], ["--fanout-host-timeout-seconds=\(text)"]).isEmpty)
    }

    @Test(arguments: ["-1", "65536", "7700.0", "1e3", "0x50", "99999999999999999999", "seven", "7 "])
    func wholeNumbersAreWholeAndInRange(text: String) {
        #expect(Sample.problems(["SAMPLED_LISTEN_PORT": text]).map(\.code) == [.notAllowed])
    }

    @Test(arguments: [("no", false), ("OFF", false), ("0", false), ("yes", true)])
    func booleansTakeTheUsualWords(text: String, expected: Bool) throws {
        #expect(try Sample.load(["SAMPLED_CACHE_CONVERT_TO_RAW": text])[Sample.convert] == expected)
        #expect(!Sample.problems(["SAMPLED_CACHE_CONVERT_TO_RAW": "\(text)x"]).isEmpty)
    }

    @Test(arguments: [("1", "1"), ("032", "32"), ("1%", "1%"), ("100%", "100%")])
    func countsAndPercentages(text: String, expected: String) throws {
        #expect(try Sample.load(["SAMPLED_FANOUT_PARALLELISM": text])[Sample.parallelism] == expected)
    }

    @Test(arguments: ["0", "0%", "101%", "-1", "%", "ten", "5 %", "1.5%"])
    func neitherCountNorPercentage(text: String) {
        #expect(!Sample.problems(["SAMPLED_FANOUT_PARALLELISM": text]).isEmpty)
    }

    @Test(arguments: ["precache:7700", "ftp://x/", "https://", "http://:80", "http://a b/", "https://u:p@h/"])
    func uRLsNameAHostAreHTTPAndHoldNoPassword(text: String) {
        let problems = Sample.problems(["SAMPLED_SERVICE_URL": text])
        #expect(problems.map(\.key) == ["service.url"])
        #expect(!problems.map(\.description).joined().contains("u:p"))
    }

    @Test(arguments: ["a\nb", "a\u{1b}[0m", "\u{85}", "x\u{7f}"])
    func controlCharactersAreRefusedEverywhere(text: String) {
        #expect(!Sample.problems(["SAMPLED_HOST": text]).isEmpty)
    }

    @Test func anEmptyVariableCountsAsNotSetAnEmptyFlagIsRefused() throws {
        #expect(try Sample.load(["SAMPLED_HOST": "", "SAMPLED_LISTEN_PORT": ""])[Sample.port] == 7_700)
        #expect(!Sample.problems([:], ["--host="]).isEmpty)
    }

    @Test func aRangesLimitsAreToldOnlyWhereThereAreAny() {
        #expect(SettingKind.int(0...Int.max).allowed == "a whole number, 0 or more")
        #expect(SettingKind.int(Int.min...Int.max).allowed == "a whole number")
        #expect(SettingKind.int(1...9).allowed == "a whole number from 1 to 9")
        #expect(
            SettingKind.seconds(0.5...60).allowed
                == "a number of seconds from 0.5 to 60, or a time such as \"1h30m\""
        )
    }
}
