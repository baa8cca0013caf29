import FoundationEssentials
import HTTPTypes
import PrecacheClient
import Synchronization

/// A service in memory: each call finds its script by method and target, and takes that script's next answer.
///
/// The last answer of a script stays. Streams give their pieces, then end or break as the script says; where no
/// stream was asked for, they are an answer that got lost.
final class FakeService: ServiceTransport {
    enum Step: Sendable {
        case answer(Int, String)
        /// An answer that the service gave before.
        case replay(Int, String)
        case away
        case stream([String], breaks: Bool)
        case hang
        /// Another one, once a call has been made so often.
        indirect case after(Int, of: String, Step)
    }

    let address: String
    private let state = Mutex<(scripts: [String: [Step]], calls: [String], requests: [ServiceRequest])>(
        ([:], [], [])
    )
    private let onCall: @Sendable (String) -> Void

    init(
        _ scripts: [String: [Step]],
        address: String = "http://service",
        onCall: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.address = address
        self.onCall = onCall
        state.withLock { $0.scripts = scripts }
    }

    var calls: [String] { state.withLock { $0.calls } }
    var requests: [ServiceRequest] { state.withLock { $0.requests } }

    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        switch try await step(for: request) {
        case .answer(let status, let body):
            return ServiceAnswer(status: .init(code: status), body: Array(body.utf8))
        case .replay(let status, let body):
            var headers = HTTPFields()
            if let name = HTTPField.Name("Idempotent-Replayed") { headers[name] = "true" }
            return ServiceAnswer(status: .init(code: status), headers: headers, body: Array(body.utf8))
        case .stream:
            var lost = Self.awayError
            lost.isAnswerLost = true
            throw lost
        case .away, .hang, .after:
            throw Self.awayError
        }
    }

    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer {
        switch try await step(for: request) {
        case .answer(let status, let body), .replay(let status, let body):
            return ServiceAnswer(status: .init(code: status), body: Array(body.utf8))
        case .stream(let pieces, let breaks):
            for piece in pieces { await receive(Array(piece.utf8)) }
            if breaks { throw Self.awayError }
            return ServiceAnswer(status: .ok)
        case .away, .hang, .after:
            throw Self.awayError
        }
    }

    static let awayError = ClientError(
        .noAnswer,
        "no answer from http://service: connection refused",
        isTransient: true
    )

    private func step(for request: ServiceRequest) async throws(ClientError) -> Step {
        let call = "\(request.method.rawValue) \(request.target)"
        let step: Step? = state.withLock { state in
            state.calls.append(call)
            state.requests.append(request)
            guard let script = state.scripts[call], let next = script.first else { return nil }
            if script.count > 1 { state.scripts[call]?.removeFirst() }
            return next
        }
        onCall(call)
        if case .hang? = step {
            while !Task.isCancelled { try? await ContinuousClock().sleep(for: .seconds(3600)) }
            throw ClientError(.cancelled, "the call was cancelled")
        }
        if case .after(let count, let awaited, let then)? = step {
            while !Task.isCancelled, calls.count(where: { $0 == awaited }) < count {
                try? await ContinuousClock().sleep(for: .milliseconds(1))
            }
            return then
        }
        guard let step else {
            return .answer(404, #"{"detail":"there is no script for \#(call)","code":"not_found"}"#)
        }
        return step
    }
}

/// Things that tests need.
enum Sample {
    static let jobID = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"

    /// A job's JSON as the service gives it.
    static func jobJSON(
        state: String = "running",
        hosts: Int = 1200,
        done: Int = 744,
        results: [String: Int] = ["pending": 392, "running": 64, "cached": 700, "existing": 40, "error": 4],
        bytes: (done: Int64, total: Int64) = (13_312_000_000, 42_949_672_960),
        note: String? = nil,
        more: String = ""
    ) -> String {
        let counts = results.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(
            separator: ","
        )
        return """
            {"job":{"id":"\(jobID)","aggregate":"web","state":"\(state)",\
            "images":[{"id":"debian-12","name":"Debian 12","size_bytes":300}],\
            "hosts":{"total":\(hosts),"done":\(done)},"results":{\(counts)},\
            "bytes":{"done":\(bytes.done),"total":\(bytes.total)},\
            "note":\(note.map { "\"\($0)\"" } ?? "null"),"created_at":"2026-11-23T10:00:00.000000Z"\(more)}}
            """
    }

    static func job(_ json: String = jobJSON()) throws -> JobView {
        struct Answer: Decodable {
            let job: JobView
        }
        return try JSONDecoder().decode(Answer.self, from: Data(json.utf8)).job
    }

    static func failure(_ host: String, detail: String? = "bad bytes") -> ResultView {
        ResultView(
            host: host,
            imageID: "debian-12",
            outcome: "error",
            reason: "checksum_mismatch",
            detail: detail
        )
    }
}
