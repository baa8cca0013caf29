import HTTPTypes
import PrecacheModel

extension Problem {
    /// What an agent's failure is to a caller: the service is fine, what stands behind it isn't (RFC 9110, 502 and 504).
    init(_ trouble: AgentTrouble) {
        switch trouble.reason {
        case .agentTimeout: self.init(.gatewayTimeout, trouble.reason.rawValue, trouble.detail)
        case .agentUnreachable, .agentUnauthorized, .agentProtocol:
            self.init(.badGateway, trouble.reason.rawValue, trouble.detail)
        default: self.init(.internalServerError, "internal", trouble.detail)
        }
    }
}
