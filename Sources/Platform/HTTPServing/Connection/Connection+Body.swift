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
