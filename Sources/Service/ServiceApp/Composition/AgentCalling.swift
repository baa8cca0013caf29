import AgentLink
import FanOut
import HTTPFetching
import Logging
import Settings

/// How the service reaches its agents.
enum AgentCalling {
    static func caller(
        _ access: AgentAccess,
        fetcher: HTTPFetcher,
        logger: Logger
    ) -> any AgentCaller {
        let tls = access.certificates.map { certificates in
            ClientTLS(
                caFile: certificates.authorities,
                certificateFile: certificates.certificate,
                keyFile: certificates.key
            )
        }
        return HTTPAgentCaller(
            fetchers: [fetcher],
            configuration: AgentLinkConfiguration(tls: tls, token: access.token?.text),
            logger: logger
        )
    }
}
