import PrecacheModel
import TestSupport
import Testing

/// Values at their bounds: the last that is taken, and the first that isn't.
@Suite struct ValueTests {
    @Test(arguments: [
        ("a", true), ("A-1_b.c", true), ("-", true), ("...", true), ("", false), (".", false), ("..", false),
        ("a b", false), ("a/b", false), ("a\u{0}", false), ("ä", false), ("a\n", false),
    ])
    func hostNames(text: String, isOne: Bool) {
        #expect(((try? HostName(text)) != nil) == isOne)
    }

    @Test(arguments: [
        ("a", true), ("0", true), ("a:b@c+d~e._-", true), ("", false), (".a", false), ("-a", false),
        ("a/b", false), ("a b", false), ("a%2e", false), ("é", false), ("[", false), ("{", false),
    ])
    func imageIDs(text: String, isOne: Bool) {
        #expect(((try? ImageID(text)) != nil) == isOne)
    }

    @Test func namesEndAt255Bytes() {
        let longest = String(repeating: "a", count: 255)
        #expect((try? HostName(longest)) != nil && (try? HostName(longest + "a")) == nil)
        #expect((try? ImageID(longest)) != nil && (try? ImageID(longest + "a")) == nil)
    }

    @Test func aRefusalShowsWhatIsSafeToShow() throws {
        let error = try #require(throws: InvalidValue.self) {
            try HostName("a\u{1b}[31m\n" + String(repeating: "x", count: 200))
        }
        #expect(!error.description.contains("\u{1b}") && !error.description.contains("\n"))
        #expect(error.value.contains("…") && error.value.count < 120)
        let secret = try #require(throws: InvalidValue.self) { try WebhookSecret("whsec_hunter2") }
        #expect(!secret.description.contains("hunter2"))
    }

    @Test(arguments: [
        ("1", Parallelism.hosts(1)), ("1000000", .hosts(1_000_000)), ("1%", .percent(1)),
        ("100%", .percent(100)),
        ("0", nil), ("1000001", nil), ("0%", nil), ("101%", nil), ("-1", nil), ("+1", nil), ("+1%", nil),
        ("1.5", nil), ("%", nil), ("", nil), (" 1", nil), ("1 %", nil), ("99999999999999999999", nil),
    ])
    func parallelism(text: String, value: Parallelism?) throws {
        #expect((try? Parallelism(text)) == value)
        if let value { #expect(try Parallelism(value.description) == value) }
    }

    @Test(arguments: [(0, 1, 1), (1, 1, 1), (100, 1, 1), (101, 1, 2), (10, 25, 3), (10, 100, 10), (3, 50, 2)])
    func aShareIsRoundedUpAndNeverNothing(total: Int, share: Int, hosts: Int) {
        #expect(Parallelism.percent(share).limit(of: total) == hosts)
    }

    @Test func digestsHaveTheirAlgorithmsLength() throws {
        for algorithm in DigestAlgorithm.allCases {
            let hex = String(repeating: "Af", count: algorithm.hexLength / 2)
            #expect(try Digest(algorithm, hex: hex).hex == hex.lowercased())
            #expect((try? Digest(algorithm, hex: String(hex.dropLast()))) == nil)
            #expect((try? Digest(algorithm, hex: hex + "0")) == nil)
            #expect((try? Digest(algorithm, hex: "g" + hex.dropFirst())) == nil)
        }
    }

    @Test func delaysDoubleUpToTheirCeiling() {
        let policy = RetryPolicy()
        let bounds = (1...8).map { policy.delay(after: $0, jitter: 1) }
        #expect(bounds == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(policy.delay(after: .max, jitter: 1) == .seconds(60))
        #expect(policy.delay(after: 0, jitter: 1) == .seconds(1))
        #expect(policy.delay(after: 3, jitter: 0) == .zero)
        #expect(
            policy.delay(after: 3, jitter: 7) == .seconds(4) && policy.delay(after: 3, jitter: -1) == .zero
        )
        #expect(policy.delay(after: 1, retryAfter: .seconds(120), jitter: 0.5) == .milliseconds(120_500))
    }

    @Test(
        arguments: [
            ("0", 0), ("120", 120), ("3600", 3_600), ("3601", 3_600), ("99999999999999999999", 3_600),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Mon, 25 Jan 2027 08:00:30 GMT", nil), ("-1", nil),
            ("1.5", nil),
            ("", nil), ("soon", nil), ("Sun, 06 Now 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int?)]
    )
    func retryAfter(text: String, seconds: Int?) {
        // Fri, 15 Jan 2027 08:00:00 GMT: a date within reach is tested apart.
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        let wait = RetryAfter.parse(text, now: now)
        guard text.hasPrefix("Mon") else {
            #expect(wait == seconds.map { .seconds($0) })
            return
        }
        #expect(wait == RetryAfter.longest, "ten days are more than anybody is listened to")
    }

    @Test func aDateWithinTheHourIsWaitedFor() throws {
        let now = try Timestamp("2027-01-15T08:00:00Z")
        #expect(RetryAfter.parse("Fri, 15 Jan 2027 08:00:30 GMT", now: now) == .seconds(30))
        #expect(RetryAfter.parse(nil, now: now) == nil)
    }
}
