import AgentLink
import FanOut
import Glibc
import HTTPFetching
import Logging
import PrecacheModel
import Reactor
import ServiceAPI
import Settings

/// The loops on which agents are called, with a fetcher on each.
final class AgentCalling: Sendable {
    /// Two threads carry some ten thousand streams; the work between them is the dispatcher's.
    private static let threads = 2

    /// Agents with which TLS sessions are gone on with, in all: some 100 MiB.
    private static let sessions = 10_000

    /// Where the tasks that follow agents run.
    let loops: EventLoopGroup
    /// Reaches agents.
    let caller: HTTPAgentCaller
    private let fetchers: [HTTPFetcher]

    /// Starts the loops.
    ///
    /// Throws `SystemError` or `FetchError`.
    init(_ access: AgentAccess, inFlight: Int, sourcing: (any ImageSourcing)?, logger: Logger) throws {
        let loops = try EventLoopGroup(count: Self.threads, name: "agents")
        do {
            let kept = Self.room(for: access.keepConnections, beside: inFlight)
            // Each loop has an eighth more than its share, since it has not exactly its share of the hosts: with one place too
            // few, a job over all of them in turn would always miss the connection that was closed last.
            let keeping = FetcherConfiguration(
                idleConnections: (kept * 9 / 8 + Self.threads - 1) / Self.threads,
                idleTime: access.keepIdle,
                tlsSessions: Self.sessions / Self.threads
            )
            let fetchers = try loops.loops.map { try HTTPFetcher(loop: $0, configuration: keeping) }
            var configuration = AgentLinkConfiguration()
            configuration.token = access.token?.text
            configuration.tls = access.certificates?.tls
            caller = HTTPAgentCaller(
                fetchers: fetchers,
                configuration: configuration,
                sourcing: sourcing,
                logger: logger
            )
            self.fetchers = fetchers
            self.loops = loops
        } catch {
            loops.stop()
            throw error
        }
    }

    /// How many connections may be kept, at most half of the descriptors that this process may have.
    ///
    /// The limit is raised, as far as it may be, so that they and those of tasks under way fit beside callers.
    private static func room(for connections: Int, beside inFlight: Int) -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return min(connections, 256) }
        let wanted = rlim_t(2 * connections + inFlight + 1_024)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            setrlimit(resource, &limit)
        }
        return min(connections, Int(clamping: limit.rlim_cur / 2))
    }

    /// Ends all calls and the loops.
    func stop() async {
        for fetcher in fetchers { await fetcher.stop() }
        loops.stop()
    }
}

/// Hosts' caches, asked of their agents.
struct AgentCaches: HostCaches {
    let caller: HTTPAgentCaller

    func cache(of host: HostRecord, after: String?, limit: Int) async throws(AgentTrouble) -> [UInt8] {
        let agent = AgentPlace(host: host.name, address: host.entry.address, port: host.entry.port)
        let target = "/v1/cache?limit=\(limit)" + (after.map { "&after=\($0)" } ?? "")
        do throws(AgentFailure) {
            return try await caller.ask(agent, target)
        } catch {
            throw AgentTrouble(error.reason, error.detail)
        }
    }
}
