import AgentLink
import FanOut
import PrecacheModel
import ServiceAPI

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
