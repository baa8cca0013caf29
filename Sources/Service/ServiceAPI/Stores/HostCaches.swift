import HTTPDoor
import HTTPTypes
package import PrecacheModel
import Synchronization

/// What hosts' agents tell of their caches, as the API needs it.
package protocol HostCaches: Sendable {
    /// A page of a host's cache, asked of its agent, in a bounded time.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - after: The name of the file to go on after; nil for the first page.
    ///   - limit: At most so many files.
    /// - Returns: The agent's answer to `GET /v1/cache`: JSON, a few hundred kilobytes at most.
    /// - Throws: ``AgentTrouble`` if the agent can't be asked.
    func cache(of host: HostRecord, after: String?, limit: Int) async throws(AgentTrouble) -> [UInt8]
}

/// Bounds the questions that agents are asked at the same time: one that never answers keeps a socket for each.
final class AgentQuestions: Sendable {
    /// Questions of one host.
    static let perHost = 4
    /// Questions of all hosts together.
    static let total = 256

    private let running = Mutex<[HostName: Int]>([:])

    /// Asks, unless too many ask already: 503 `overloaded`.
    func ask<Answer: Sendable>(
        _ host: HostName,
        _ question: () async throws -> Answer
    ) async throws -> Answer {
        let mayAsk = running.withLock { running in
            guard running[host, default: 0] < Self.perHost,
                running.values.reduce(0, +) < Self.total
            else { return false }
            running[host, default: 0] += 1
            return true
        }
        guard mayAsk else {
            let what =
                "others wait for an answer of this host's agent, or of many agents: ask again when they have it"
            throw Problem(.serviceUnavailable, "overloaded", what).retryAfter(.seconds(5))
        }
        defer {
            running.withLock { running in
                let left = running[host, default: 1] - 1
                running[host] = left == 0 ? nil : left
            }
        }
        return try await question()
    }
}
