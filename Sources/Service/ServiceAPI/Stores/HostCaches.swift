package import PrecacheModel

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
