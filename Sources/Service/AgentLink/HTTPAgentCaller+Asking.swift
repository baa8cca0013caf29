package import FanOut
internal import HTTPFetching
internal import HTTPTypes
internal import PrecacheAPI
package import PrecacheModel

extension HTTPAgentCaller {
    /// The longest answer to a question: a page of 1,000 cached files has half a megabyte.
    private static let answerBytes = 4 << 20

    /// Asks an agent something that changes nothing: one GET, one JSON object.
    ///
    /// - Parameters:
    ///   - agent: Where it is.
    ///   - target: Path and query.
    /// - Returns: The object, as it came.
    /// - Throws: ``AgentFailure`` with `agent_unreachable`, `agent_timeout`, `agent_unauthorized` or `agent_protocol`; with
    ///   `cancelled` when the calling task was cancelled.
    package func ask(_ agent: AgentPlace, _ target: String) async throws(AgentFailure) -> [UInt8] {
        var request = request(.get, agent, target)
        request.timeouts.total = configuration.questionTimeout
        let (response, body): (FetchResponse, [UInt8])
        do throws(FetchError) {
            response = try await fetcher(for: agent).fetch(request)
            body = try await response.body.collect(upTo: Self.answerBytes)
        } catch {
            throw AgentFailure(error)
        }
        guard response.status == .ok else {
            throw AgentAnswer.failure(
                status: response.status.code,
                retryAfter: response.headers[.retryAfter],
                body: body
            )
        }
        guard case .object? = try? JSONParser.parse(body) else {
            throw AgentFailure(
                reason: .agentProtocol,
                detail: "The agent's answer isn't a JSON object; is its version older than the service's?"
            )
        }
        return body
    }
}
