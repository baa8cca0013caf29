import HTTPTypes
import PrecacheClient
import Synchronization

/// Answers calls from a list, in order, and remembers them.
final class ScriptedTransport: ServiceTransport {
    let address = "http://service"
    private let state: Mutex<(answers: [ServiceAnswer], requests: [ServiceRequest])>

    init(_ answers: [(status: Int, body: String)]) {
        let answers = answers.map {
            ServiceAnswer(status: .init(code: $0.status), body: Array($0.body.utf8))
        }
        state = Mutex((answers, []))
    }

    var requests: [ServiceRequest] { state.withLock { $0.requests } }

    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let answer else { throw ClientError(.noAnswer, "the script has ended") }
        return answer
    }

    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer {
        let answer = try await send(request)
        await receive(answer.body)
        return answer
    }
}
