import Logging
import ProgramKit
import Synchronization
import Telemetry
import Testing

@Suite struct TroublesTests {
    /// Keeps the lines that are logged.
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        var texts: [String] { all.withLock { $0 } }

        func logger() -> Logger {
            Logger(label: "test") { _ in Handler(lines: self) }
        }

        struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }
            func log(event: LogEvent) {
                let error = event.metadata?["error"].map { ": \($0)" } ?? ""
                lines.all.withLock { $0.append("\(event.message)\(error)") }
            }
        }
    }

    private struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    @Test func aCauseIsToldOnceAndCountedEachTime() {
        let (lines, metrics) = (Lines(), MetricsRegistry())
        let failures = metrics.counter("failures_total", help: "Failures.", labels: ["work"])
        let troubles = Troubles(failures, logger: lines.logger())
        troubles.note("tokens", "tokens could not be read", nil)
        for _ in 0..<3 { troubles.note("tokens", "tokens could not be read", Trouble(description: "locked")) }
        troubles.note("figures", "figures could not be read", Trouble(description: "locked"))
        troubles.note("tokens", "tokens could not be read", Trouble(description: "full"))
        for _ in 0..<2 { troubles.note("tokens", "tokens could not be read", nil) }
        troubles.note("tokens", "tokens could not be read", Trouble(description: "full"))
        #expect(
            lines.texts == [
                "tokens could not be read: locked", "figures could not be read: locked",
                "tokens could not be read: full", "goes well again", "tokens could not be read: full",
            ]
        )
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains("failures_total{work=\"tokens\"} 5\n"))
        #expect(text.contains("failures_total{work=\"figures\"} 1\n"))
    }
}
