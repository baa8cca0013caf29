import HTTPTypes
import Reactor

extension Connection {
    /// Hands a request to the handler.
    ///
    /// Where that answers without suspending, the answer is written on return.
    func begin(_ head: RequestHead) {
        exchangeCount += 1
        let number = exchangeCount
        phase = .handling
        readDeadline = 0
        bodyFailure = nil
        body = BodyProgress(head.framing, limits: limits)
        let started = Exchange(
            number: number,
            head: head,
            identifier: context.nextIdentifier(),
            received: .now
        )
        exchange = started
        let request = makeRequest(started)
        let loop = context.loop
        let reply = context.shared.handler.reply(to: request)
        if case .ready(let response) = reply, answerWhole(response) { return }
        let task = Task.immediate {
            let response = await withTaskExecutorPreference(loop) { await reply.response() }
            await self.answer(response, exchange: number)
        }
        if exchange?.number == number { exchange?.task = task }
    }

    private func makeRequest(_ exchange: Exchange) -> Request {
        let declared: Int? =
            switch exchange.head.framing {
            case .length(let length): length
            case .none, .chunked: nil
            }
        return Request(
            identifier: exchange.identifier,
            head: exchange.head,
            body: exchange.head.framing == .none
                ? RequestBody()
                : RequestBody(connection: self, exchange: exchange.number, declared: declared),
            peer: peer,
            received: exchange.received
        )
    }

    /// Sends the handler's answer.
    private func answer(_ response: Response, exchange number: Int) async {
        guard exchange?.number == number, !answerWhole(response),
            case .stream(let length, let isEndless, let produce) = response.body
        else { return }
        guard sendHead(response, framing: streamFraming(length)) else { return finishExchange() }
        exchange?.isEndless = isEndless
        await stream(produce, length: length, exchange: number)
    }

    /// Sends an answer whose bytes are at hand; false, and nothing is done, for a stream.
    private func answerWhole(_ response: Response) -> Bool {
        switch response.body {
        case .empty:
            skipBufferedBody()
            _ = sendHead(response, framing: .length(0))
        case .bytes(let bytes):
            skipBufferedBody()
            if sendHead(response, framing: .length(bytes.count)) {
                output.append(bytes, context)
                exchange?.bytesSent = bytes.count
            }
        case .stream: return false
        }
        finishExchange()
        return true
    }

    private func streamFraming(_ length: Int?) -> ResponseEncoder.Framing {
        if let length { return .length(length) }
        return exchange?.head.isOldVersion == true ? .close : .chunked
    }

    /// Sends an answer's head; whether a body follows, for which `framing` is.
    private func sendHead(_ response: Response, framing: ResponseEncoder.Framing) -> Bool {
        guard let exchange else { return false }
        let (head, code) = (exchange.head, response.status.code)
        let isBodyless = code == 204 || code == 304 || code < 200
        let framing = isBodyless ? .none : framing
        let keepsAlive = head.keepsAlive && framing != .close && !context.isStopping && canKeepAlive
        exchange.route = response.route
        exchange.status = code
        exchange.keepsAlive = keepsAlive
        exchange.isHeadSent = true
        exchange.framing = framing
        ResponseEncoder.encode(
            status: response.status,
            headers: response.headers,
            framing: framing,
            keepsAlive: keepsAlive,
            announcesKeepAlive: head.isOldVersion,
            date: context.date,
            into: output.tail(context)
        )
        return !isBodyless && head.method != .head
    }

    /// Whether the next request can be found behind what is left of this one's body.
    private var canKeepAlive: Bool {
        if hasInputEnded { return false }
        if body.isDone { return true }
        if body.isBroken || bodyFailure != nil { return false }
        // Nobody knows whether a client that was not told to continue sends its body now.
        if exchange?.head.expectsContinue == true, exchange?.isContinueSent == false { return false }
        return body.declaredLeft.map { $0 <= limits.drainBytes } ?? true
    }

    private func skipBufferedBody() {
        guard !body.isDone, let input else { return }
        // A broken body shows in `body.isBroken`; the answer to the request stands.
        try? body.skip(from: input)
    }

    /// The answer is complete: on to the next request, or to the end.
    func finishExchange() {
        guard let done = exchange else { return }
        observe(done, isComplete: true)
        exchange = nil
        if !done.keepsAlive || context.isStopping || body.isBroken || !done.isHeadSent {
            startFinishing(lingering: !body.isDone || hasUnread)
        } else if body.isDone {
            enterIdle()
        } else {
            phase = .draining
            drainLeft = limits.drainBytes
            readDeadline = MonotonicTime.deadline(after: limits.bodyTimeout)
        }
        advance()
    }

    /// Tells the handler that its answer is not wanted any more.
    func cancelExchange() {
        exchange?.task?.cancel()
    }

    // MARK: Records

    func observe(_ exchange: Exchange, isComplete: Bool) {
        guard let observer = context.shared.observer else { return }
        observer(
            RequestRecord(
                method: exchange.head.method,
                target: exchange.head.target,
                route: exchange.route,
                status: exchange.isHeadSent ? exchange.status : 499,
                duration: ContinuousClock.now - exchange.received,
                bytesReceived: body.received,
                bytesSent: exchange.bytesSent,
                isComplete: isComplete,
                peer: peer,
                identifier: exchange.identifier,
                fields: exchange.head.fields
            )
        )
    }

    func observe(failure: HTTPFailure, bytesSent: Int) {
        guard let observer = context.shared.observer else { return }
        observer(
            RequestRecord(
                method: nil,
                target: "",
                route: nil,
                status: failure.status.code,
                duration: .zero,
                bytesReceived: 0,
                bytesSent: bytesSent,
                isComplete: true,
                peer: peer,
                identifier: context.nextIdentifier(),
                fields: nil
            )
        )
    }
}

/// One request and its answer, while they are in hand.
///
/// Belongs to its connection, which alone touches it.
final class Exchange {
    let number: Int
    let head: RequestHead
    let identifier: RequestIdentifier
    let received: ContinuousClock.Instant
    /// The task that runs the handler; nil while its first part still runs.
    var task: Task<Void, Never>?

    var status = 0
    var route: String?
    var bytesSent = 0
    var keepsAlive = true
    var isHeadSent = false
    var isContinueSent = false
    /// An endless stream, to be cancelled when a stop begins.
    var isEndless = false
    /// The stop has cancelled the stream: whatever it throws, the answer ends properly.
    var isEndedByStop = false
    /// How the stream's bytes are framed, and how many a declared length still allows.
    var framing = ResponseEncoder.Framing.none
    var bytesLeft = Int.max

    init(number: Int, head: RequestHead, identifier: RequestIdentifier, received: ContinuousClock.Instant) {
        self.number = number
        self.head = head
        self.identifier = identifier
        self.received = received
    }
}
