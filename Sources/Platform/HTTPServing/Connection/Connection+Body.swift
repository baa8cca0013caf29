import Reactor

extension Connection {
    /// The next bytes of a request's body; nil at its end.
    ///
    /// Reads from the socket only when asked.
    func nextBodyPart(exchange number: Int) async throws(HTTPFailure) -> [UInt8]? {
        while true {
            guard exchange?.number == number else { throw .aborted }
            if let bodyFailure { throw bodyFailure }
            if let input, let part = try body.take(from: input) {
                if !isAdvancing { park() }
                await takeTurns(part.count)
                return part
            }
            if body.isDone { return nil }
            if fill() { continue }
            guard exchange?.number == number, !hasInputEnded, !Task.isCancelled else { throw .aborted }
            sendContinue()
            await waitForBody()
        }
    }

    func resumeBodyWaiter() {
        let waiter = bodyWaiter
        bodyWaiter = nil
        waiter?.resume()
    }

    private func waitForBody() async {
        guard bodyWaiter == nil, exchange != nil else { return }
        let start = MonotonicTime.now
        let earned = UInt64(body.received / max(1, limits.minimumBytesPerSecond)) * 1_000_000_000
        let allowed = UInt64(limits.bodyTimeout.nanosecondsClamped) + earned
        readDeadline = start + (allowed > body.waited ? allowed - body.waited : 0)
        let loop = context.loop
        await withTaskCancellationHandler {
            await withCheckedContinuation { bodyWaiter = $0 }
        } onCancel: {
            loop.execute { [self] in assumeIsolated { $0.resumeBodyWaiter() } }
        }
        body.waited += MonotonicTime.now - start
        if phase == .handling { readDeadline = 0 }
    }

    /// Tells a client that asked first to send its body (RFC 9110 section 10.1.1).
    private func sendContinue() {
        guard let current = exchange, current.head.expectsContinue, !current.isContinueSent,
            !current.isHeadSent
        else {
            return
        }
        exchange?.isContinueSent = true
        output.tail(context).append("HTTP/1.1 100 Continue\r\n\r\n")
        flush()
    }
}

/// How far a request's body has been read.
struct BodyProgress {
    private enum State {
        case done
        case length(Int)
        case chunked(ChunkedDecoder)
        case broken
    }

    private var state: State
    private let limit: Int
    /// Bytes of the body read so far, skipped ones included.
    private(set) var received = 0
    /// Nanoseconds that its handler has waited for it.
    var waited: UInt64 = 0

    /// The body of a request that has none.
    init() {
        state = .done
        limit = 0
    }

    init(_ framing: RequestHead.Framing, limits: ServerLimits) {
        limit = limits.bodyBytes
        state =
            switch framing {
            case .none: .done
            case .length(let length): .length(length)
            case .chunked: .chunked(ChunkedDecoder(lineLimit: limits.chunkLineBytes))
            }
    }

    var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Whether the rest can be found at all: not after a broken chunk.
    var isBroken: Bool {
        if case .broken = state { true } else { false }
    }

    /// The bytes still to come, where that was declared.
    var declaredLeft: Int? {
        if case .length(let left) = state { left } else { nil }
    }

    /// Takes all of the body that `input` holds; nil when it holds none.
    mutating func take(from input: IOBuffer) throws(HTTPFailure) -> [UInt8]? {
        var part: [UInt8]?
        try advance(input) { bytes in
            if part == nil {
                part = Array(bytes)
            } else {
                part?.append(contentsOf: bytes)
            }
        }
        return part
    }

    /// Drops all of the body that `input` holds.
    mutating func skip(from input: IOBuffer) throws(HTTPFailure) {
        try advance(input) { _ in }
    }

    private mutating func advance(
        _ input: IOBuffer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HTTPFailure) {
        do throws(HTTPFailure) {
            switch state {
            case .done: return
            case .broken: throw .badRequest("The request body is broken.")
            case .length(let left):
                let count = min(left, input.count)
                guard count > 0 else { return }
                try pass(count, input, body)
                state = count == left ? .done : .length(left - count)
            case .chunked(var decoder):
                try advance(&decoder, input, body)
            }
        } catch {
            state = .broken
            throw error
        }
    }

    private mutating func advance(
        _ decoder: inout ChunkedDecoder,
        _ input: IOBuffer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HTTPFailure) {
        while true {
            switch try decoder.next(from: input) {
            case .data(let count): try pass(count, input, body)
            case .needsMore:
                state = .chunked(decoder)
                return
            case .end:
                state = .done
                return
            }
        }
    }

    private mutating func pass(
        _ count: Int,
        _ input: IOBuffer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HTTPFailure) {
        received += count
        if received > limit { throw .bodyTooLarge(limit: limit) }
        body(UnsafeRawBufferPointer(rebasing: input.bytes[..<count]))
        input.consume(count)
    }
}
