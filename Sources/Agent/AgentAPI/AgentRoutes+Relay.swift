import Digesting
import HTTPDoor
import HTTPServing
import HTTPTypes
import ImageCache
import PrecacheModel
import PullWork

/// What neighbours ask: which pieces of an image this host has, and the pieces.
///
/// Whoever hasn't both a certificate of the fleet's authority and the ticket of that content is told that there is nothing:
/// who has what is nobody's business.
extension AgentRoutes {
    static let relayPrefix = "/v1/relay/"

    func addRelay(to router: inout Router) {
        let routes = self
        on(&router, .get, "\(Self.relayPrefix){content}") { request, parameters throws(Problem) in
            if let waiting = routes.waiting(request, parameters) { return waiting }
            let relay = try routes.relay(request, parameters)
            guard
                let listening = relay.listen(
                    isFar: request.query == "far=true",
                    peer: Self.name(of: request.peer)
                )
            else { throw Self.busy }
            return Response(
                headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
                // Endless: a stopping agent doesn't wait for whoever listens.
                body: .stream(length: nil, endless: true) { writer in
                    for await line in listening.lines { try await writer.write(line) }
                }
            )
        }
        on(&router, .get, "\(Self.relayPrefix){content}/{piece}") { request, parameters throws(Problem) in
            let relay = try routes.relay(request, parameters)
            guard let number = parameters["piece"].flatMap({ Int($0) }) else { throw Self.nothing }
            switch await routes.shelf.give(number, of: relay, to: Self.name(of: request.peer)) {
            case .missing: throw Self.nothing
            case .busy: throw Self.busy
            case .piece(let seal, let upload):
                return Self.piece(relay.layout.bytes(of: number), seal, upload)
            }
        }
    }

    /// Whose certificate a neighbour showed: by its address where that has no name; nil where it showed none.
    static func name(of peer: Peer) -> String? {
        peer.certificate.map { $0.dnsNames.first ?? $0.commonName ?? peer.address }
    }

    private static func piece(
        _ bytes: Range<Int64>,
        _ seal: PieceSeal,
        _ upload: RelayShelf.Upload
    ) -> Response {
        Response(
            headers: [.contentType: "application/octet-stream", .precacheSeal: seal.field],
            body: .stream(length: bytes.count, endless: false) { writer in
                // Some at a time: a dozen pieces of four mebibytes needn't be in memory at once.
                for start in stride(from: bytes.lowerBound, to: bytes.upperBound, by: 262_144) {
                    let end = min(start + 262_144, bytes.upperBound)
                    try await writer.write(try await upload.read(start..<end))
                }
            }
        )
    }

    /// What is said of an image that this host is to exchange and hasn't begun with.
    private func waiting(_ request: Request, _ parameters: PathParameters) -> Response? {
        guard let ticket = ticket(request),
            let waiting = shelf.wait(
                for: parameters["content"] ?? "",
                ticket: ticket,
                peer: Self.name(of: request.peer),
                { constantTimeEqual($0, $1) }
            )
        else { return nil }
        return Response(
            headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
            body: .stream(length: nil, endless: true) { writer in
                while let line = try await waiting.next() { try await writer.write(line) }
            }
        )
    }

    /// The ticket that a neighbour shows; nil for a stranger.
    private func ticket(_ request: Request) -> String? {
        guard givesPlain || request.peer.certificate != nil,
            WrongHost.objection(to: request, host) == nil,
            let words = request.header(.authorization)?.split(separator: " "), words.count == 2,
            words[0].lowercased() == "relay"
        else { return nil }
        return String(words[1])
    }

    private func relay(_ request: Request, _ parameters: PathParameters) throws(Problem) -> Relay {
        guard let ticket = ticket(request),
            let relay = shelf.find(
                parameters["content"] ?? "",
                ticket: ticket,
                { constantTimeEqual($0, $1) }
            )
        else { throw Self.nothing }
        return relay
    }

    private static let nothing = Problem(.notFound, "not_found", "there is nothing here")
    private static let busy = Problem(
        .tooManyRequests,
        "overloaded",
        "as many pieces are being given as may be"
    )
    .retryAfter(.seconds(1))
}
