package import Logging
import Synchronization
package import Telemetry

/// Tells of what goes wrong in work that is done again and again and that nobody waits for.
///
/// Every failure is counted; a cause is logged once, until the work has gone well again or another cause takes its place.
package final class Troubles: Sendable {
    private let failures: Counter
    private let logger: Logger
    private let causes = Mutex<[String: String]>([:])

    /// - Parameters:
    ///   - failures: Counts failures; its one label is the work's name.
    ///   - logger: Takes the lines.
    package init(_ failures: Counter, logger: Logger) {
        self.failures = failures
        self.logger = logger
    }

    /// Notes how a turn of some work ended.
    ///
    /// - Parameters:
    ///   - work: Its name, for metrics.
    ///   - complaint: What a failure means, for the log.
    ///   - error: What went wrong; nil if nothing did.
    package func note(_ work: String, _ complaint: String, _ error: (any Error)?) {
        guard let error else {
            if causes.withLock({ $0.removeValue(forKey: work) }) != nil {
                logger.notice("goes well again", metadata: ["work": "\(work)"])
            }
            return
        }
        guard !Task.isCancelled else { return }
        failures.increment(work)
        let cause = "\(error)"
        guard causes.withLock({ $0.updateValue(cause, forKey: work) }) != cause else { return }
        logger.warning("\(complaint)", metadata: ["work": "\(work)", "error": "\(cause)"])
    }
}
