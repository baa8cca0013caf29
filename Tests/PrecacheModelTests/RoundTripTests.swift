import PrecacheModel
import TestSupport
import Testing
import TextForms

/// What is written is read again as it was, and what nobody wrote isn't read.
@Suite struct RoundTripTests {
    @Test func base64OfAnyBytes() {
        var random = SplitMix(seed: 1)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes)
            #expect(
                text.utf8.allSatisfy { $0 != 0x2B && $0 != 0x2F && $0 != 0x3D },
                "a URL's alphabet, no padding"
            )
        }
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AAB", "AA==", "A A", "A+", "A/", "Ä"])
    func base64ThatNobodyWrote(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func secretsOfEveryLength() throws {
        for length in 0...70 {
            let secret = WebhookSecret(key: [UInt8](repeating: 0xA5, count: length))
            let read = try? WebhookSecret(secret.text)
            #expect(read?.key == ((24...64).contains(length) ? secret.key : nil))
            #expect("\(secret)" == "<secret>" && String(reflecting: secret) == "<secret>")
        }
    }

    @Test(arguments: [
        ("https://user:pw@host/a?token=t#f", "https://host/a"), ("http://host?x", "http://host"),
        ("http://a@b@host/x@y", "http://host/x@y"), ("nonsense", "(not a URL)"),
        ("http://[::1]:8/x", "http://[::1]:8/x"), ("http://h/a%20b.img", "http://h/a%20b.img"),
        ("http://h/x;sig=S", "http://h/x"), ("http://h/x;sig=S?q", "http://h/x"),
        ("http://h/x%3Fsig=S/y", "http://h/x"),
        ("http://h/x%3fsig=S", "http://h/x"), ("http://h/x%3Bsig=S", "http://h/x"),
        ("http://h/x%253Fsig=S", "http://h/x"),
        ("http://h/x%23S", "http://h/x"), ("http://h/exp=1~hmac=S/d/x.img", "http://h/exp=.../d/x.img"),
        ("http://h/sig%3DS/x", "http://h/sig=.../x"), ("http://u:p@h;S/x;S", "http://h;S/x"),
    ])
    func whatOfAURLMayBeShown(url: String, shown: String) {
        #expect(SourceURL.shown(url) == shown)
    }

    @Test(arguments: [
        ("http://host/a", "http://host:80"), ("https://HOST/a", "https://host:443"),
        ("https://host:443/b?c", "https://host:443"), ("http://u:p@host:8080/", "http://host:8080"),
        ("http://[::1]/x", "http://[::1]:80"), ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("thing", "thing"),
    ])
    func oneSourceHasOneKey(url: String, key: String) {
        #expect(SourceKey(url: url).text == key)
    }

    @Test func aJobsStateFollowsFromItsCountsWhateverTheyAre() {
        var random = SplitMix(seed: 2)
        for _ in 0..<2_000 {
            var counts = OutcomeCounts()
            for outcome in Outcome.allCases where Bool.random(using: &random) {
                counts[outcome] = Int.random(in: 0...3, using: &random)
            }
            let isCancelled = Bool.random(using: &random)
            let state = counts.state(cancelRequested: isCancelled, started: true)
            let open = counts[.pending] + counts[.running]
            #expect(state.isFinal == (open == 0) && counts.finished == counts.total - open)
            guard open == 0 else { continue }
            let good = counts[.cached] + counts[.existing] + counts[.unsupported]
            switch state {
            case .succeeded: #expect(good == counts.total)
            case .cancelled: #expect(isCancelled && counts[.cancelled] > 0)
            case .partial: #expect(good > 0 && good < counts.total)
            case .failed: #expect(good == 0 && counts.total > 0)
            case .queued, .running: Issue.record("not final: \(counts)")
            }
        }
    }
}
