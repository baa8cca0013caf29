import AgentLink
import FanOut
import HTTPFetching
import Logging
import PrecacheModel
import Reactor

/// How the service reaches its agents.
enum AgentCalling {
    static func caller(
        _ access: AgentAccess,
        fetcher: HTTPFetcher,
        logger: Logger
    ) -> any AgentCaller {
        NobodyCaller()
    }
}

struct NobodyCaller: AgentCaller {
    func run(_ task: AgentTask, onEvent: @escaping @Sendable (AgentEvent) -> Void) async throws(AgentFailure)
    {
        throw AgentFailure(reason: .agentUnreachable, detail: "no agent link yet")
    }
    func cancel(_ task: AgentTask) async {}
}
