import Digesting
import HTTPFetching
package import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Reactor

/// What this host asks of one neighbour.
struct NeighbourLink: Sendable {
    let place: AgentPlace
    let isFar: Bool
    let content: Digest
    /// Those of the jobs that name it, of which it may know one only; the first is shown.
    private(set) var tickets: [String]
    /// The trace that requests are part of: that of the first job that named it.
    let trace: TraceContext?
    let layout: PieceLayout
    let access: MeshAccess
    let fetcher: HTTPFetcher
    let loop: EventLoop

    init(
        place: AgentPlace,
        isFar: Bool,
        content: Digest,
        tickets: [String],
        trace: TraceContext?,
        layout: PieceLayout,
        access: MeshAccess,
        fetcher: HTTPFetcher,
        loop: EventLoop
    ) {
        (self.place, self.isFar, self.content, self.tickets) = (place, isFar, content, tickets)
        (self.trace, self.layout, self.access) = (trace, layout, access)
        (self.fetcher, self.loop) = (fetcher, loop)
    }

    /// Another job's ticket is the first to be shown from now on.
    mutating func admit(_ ticket: String) {
        tickets.removeAll { $0 == ticket }
        tickets.insert(ticket, at: 0)
    }

    mutating func tryAnotherTicket() { tickets.append(tickets.removeFirst()) }

    /// What a request for a piece came to.
    enum Answer: Sendable {
        case piece([UInt8], PieceSeal)
        case refused(Duration)
        /// The neighbour hasn't got it, or is gone.
        case lost(String)
        /// It broke the protocol.
        case wrong(String)
    }

    /// Listens to what the neighbour has, until it falls silent or says that it is over.
    ///
    /// One that tells more than anybody can have to tell is read no faster than that.
    ///
    /// - Returns: Why it ended.
    func listen(_ heard: @Sendable (RelayLine) -> Void) async -> String {
        var request = request("/v1/relay/\(content)" + (isFar ? "?far=true" : ""))
        request.timeouts = FetchTimeouts(connect: .seconds(3), idle: .seconds(6))
        do {
            let response = try await fetcher.fetch(request)
            guard response.status == .ok else { return "it answered \(response.status.code)" }
            var (lines, began, count) = (LineSplitter(limit: RelayLine.longest), ContinuousClock.now, 0)
            var volume = 0
            for try await bytes in response.body {
                volume += bytes.count
                for line in try lines.take(bytes) {
                    count += 1
                    if let line = try RelayLine.read(line, pieces: layout.count) { heard(line) }
                }
                let weight = max(count, volume / Self.lineBytes)
                guard weight > Self.linesAtOnce else { continue }
                let due = began + Self.lineTime * weight
                if due > .now { try await loop.sleep(for: due - .now) }
                (began, count, volume) = (.now, 0, 0)
            }
            return "it ended"
        } catch {
            return "\(error)"
        }
    }

    /// A neighbour gathers what it has for 20 ms before it tells; at first it may have more to tell.
    private static let lineTime = Duration.milliseconds(10)
    private static let linesAtOnce = 256
    /// So many bytes count as a line, whatever they say.
    private static let lineBytes = 1_024

    /// Asks for a piece, which has to be there in time: one that trickles is given up.
    func piece(_ number: Int, within time: Duration) async -> Answer {
        let length = layout.bytes(of: number).count
        var request = request("/v1/relay/\(content)/\(number)")
        request.timeouts = FetchTimeouts(connect: .seconds(3), idle: .seconds(6), total: time)
        request.buffering = .bulk
        do throws(FetchError) {
            let response = try await fetcher.fetch(request)
            switch response.status.code {
            case 200: break
            case 429:
                let seconds = response.headers[.retryAfter].flatMap { Int($0) } ?? 1
                return .refused(.seconds(min(max(seconds, 1), 10)))
            default: return .lost("it answered \(response.status.code)")
            }
            guard let field = response.headers[.precacheSeal], let seal = PieceSeal(field: field) else {
                return .wrong("its answer has no seal")
            }
            let bytes = try await response.body.collect(upTo: length, expecting: length)
            guard bytes.count == length else {
                return .wrong("a piece of \(bytes.count) bytes, not \(length)")
            }
            return .piece(bytes, seal)
        } catch {
            return error.code == .tooLarge ? .wrong(error.message) : .lost(error.message)
        }
    }

    private func request(_ target: String) -> FetchRequest {
        let address = place.address.contains(":") ? "[\(place.address)]" : place.address
        // With TLS the URL has the name that the certificate must have, and the address is dialled beneath it.
        let host = access.tls == nil ? address : place.host.text
        var request = FetchRequest(
            url: "\(access.tls == nil ? "http" : "https")://\(host):\(place.port)\(target)",
            headers: [.authorization: "Relay \(tickets[0])", .precacheHost: place.host.text],
            redirects: 0
        )
        if let trace { request.headers[.traceparent] = trace.text }
        if let tls = access.tls {
            request.tls = tls
            request.connectTo = .init(address: place.address, port: place.port)
        }
        return request
    }
}

extension HTTPField.Name {
    /// The host that is meant (``RelayNeighbour``): another's agent at its address refuses.
    static let precacheHost = Self("Precache-Host") ?? .accept
    /// A seed's word for the piece in the answer's body.
    package static let precacheSeal = Self("Precache-Seal") ?? .accept
}
