package import HTTPServing
import HTTPTypes
package import Logging
package import PrecacheModel
import Synchronization

/// Decides what of much that is alike the log is told: so many lines an hour for each key, in bounded memory.
package final class NoticeLimit<Key: Hashable & Sendable>: Sendable {
    private let perHour: Int
    private let keys: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let told = Mutex<[Key: (since: ContinuousClock.Instant, lines: Int)]>([:])

    /// - Parameters:
    ///   - perHour: The lines for a key within an hour of the first.
    ///   - keys: The keys that are remembered; of others nothing is told until the hour of one of them is over.
    ///   - now: The clock; tests bring their own.
    package init(perHour: Int, keys: Int, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.perHour = perHour
        self.keys = keys
        self.now = now
    }

    /// Counts a line; nil if it isn't to be told, else how many more will be.
    package func next(_ key: Key) -> Int? {
        let now = now()
        return told.withLock { told in
            if let before = told[key], before.since.duration(to: now) < .seconds(3_600) {
                guard before.lines < perHour else { return nil }
                told[key] = (before.since, before.lines + 1)
                return perHour - before.lines - 1
            }
            if told.count >= keys {
                told = told.filter { $0.value.since.duration(to: now) < .seconds(3_600) }
                guard told.count < keys else { return nil }
            }
            told[key] = (now, 1)
            return perHour - 1
        }
    }
}

/// Tells the log which changes were refused to callers without the role for them: a few lines an hour for each of them.
package final class RefusedChanges: Sendable {
    private let logger: Logger
    private let limit: NoticeLimit<String>

    package init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.logger = logger
        limit = NoticeLimit(perHour: 20, keys: 1_000, now: now)
    }

    /// Notes a request that its sender may not make; one that would only look is not told.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - caller: Who sent it.
    ///   - address: From where.
    ///   - why: What it lacks.
    package func note(_ request: Request, of caller: Caller, from address: String, why: String) {
        guard request.method != .get, request.method != .head, let rest = limit.next(caller.account) else {
            return
        }
        var facts: Logger.Metadata = [
            "caller": "\(caller.name ?? "-")", "peer": "\(address)",
            "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))", "why": "\(why)",
        ]
        if rest == 0 { facts["note"] = "no more are told of this caller within the hour" }
        logger.info("change refused", metadata: request.marks.merging(facts) { $1 })
    }
}
