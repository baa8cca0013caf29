import CLinux
import Glibc
import Reactor

extension Connection {
    /// Sends what waits, as far as the system takes it, and wakes those who wait for that.
    func flush() {
        guard !output.isEmpty, isWritable, phase != .closed else { return }
        var sent = 0
        switch output.flush(to: transport, context, sent: &sent) {
        case .count:
            writeDeadline = 0
            stallDeadline = 0
            guard !flushWaiters.isEmpty else { break }
            let waiters = flushWaiters
            flushWaiters = [:]
            for waiter in waiters.values { waiter.resume() }
        case .wouldBlock:
            isWritable = false
            guard writeDeadline == 0 else { break }
            let earned = UInt64(output.count / max(1, limits.minimumBytesPerSecond)) * 1_000_000_000
            stallDeadline = MonotonicTime.deadline(after: limits.writeTimeout)
            writeDeadline = stallDeadline + earned
            untaken = .max
        case .end, .failed:
            close()
            return
        }
        if phase == .finishing, output.isEmpty { advance() }
    }

    /// No further request: ends the connection once the output is out.
    ///
    /// - Parameter lingering: Whether the peer may still be sending, so that closing would reset the connection.
    func startFinishing(lingering: Bool) {
        guard phase != .closed else { return }
        phase = .finishing
        mustLinger = lingering && !hasInputEnded
        readDeadline = 0
    }

    /// Whether closing now would reset the connection, and so destroy answers that are still on their way.
    var hasUnread: Bool { input?.isEmpty == false || transport.hasUnread }

    func finish() -> Bool {
        flush()
        guard phase == .finishing, output.isEmpty else { return false }
        // Asked again, since the output may have taken its time.
        guard mustLinger || !hasInputEnded && hasUnread else {
            close()
            return false
        }
        transport.finishSending()
        phase = .lingering
        readDeadline = MonotonicTime.deadline(after: limits.lingerTimeout)
        lingerEnd = MonotonicTime.deadline(after: limits.lingerTimeout * 15)
        return true
    }

    func lingerOn() -> Bool {
        input?.clear()
        if fill() {
            readDeadline = min(MonotonicTime.deadline(after: limits.lingerTimeout), lingerEnd)
            return true
        }
        if hasInputEnded { close() }
        return false
    }

    /// Cuts a connection whose answer cannot be completed, so that the client notices.
    func abort() {
        if exchange?.framing == .close {
            // Its end would look like the end of the body: reset instead.
            var option = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout<linger>.size)
            setsockopt(transport.descriptor, SOL_SOCKET, SO_LINGER, &option, size)
        }
        close()
    }

    /// Ends the connection now.
    func close() {
        guard phase != .closed else { return }
        if phase == .idle || phase == .finishing, output.isEmpty { transport.tls?.finishSending() }
        phase = .closed
        readDeadline = 0
        writeDeadline = 0
        stallDeadline = 0
        registration?.cancel()
        registration = nil
        output.discard(context)
        if let input { context.recycle(input) }
        input = nil
        if let cut = exchange {
            exchange = nil
            observe(cut, isComplete: false)
            cut.task?.cancel()
        }
        resumeBodyWaiter()
        let waiters = flushWaiters
        flushWaiters = [:]
        for waiter in waiters.values { waiter.resume(throwing: ConnectionClosed()) }
        transport.close()
        leaveHandshake()
        context.remove(self, peer: address)
    }

    /// Acts on a deadline that has passed.
    func checkDeadline(_ now: UInt64) {
        if writeDeadline != 0, now >= writeDeadline || hasStalled(now) { return close() }
        guard readDeadline != 0, now >= readDeadline else { return }
        readDeadline = 0
        switch phase {
        case .head:
            refuse(.headTimeout)
            advance()
        case .handling:
            bodyFailure = .bodyTimeout
            exchange?.keepsAlive = false
            resumeBodyWaiter()
        case .idle where !output.isEmpty:
            // Not idle: the last answer is still being taken, and the write deadline watches over that.
            readDeadline = now + UInt64(limits.idleTimeout.nanosecondsClamped)
        case .handshaking, .idle, .draining, .finishing, .lingering, .closed:
            close()
        }
    }

    /// Whether the peer has taken no byte for the write limit.
    ///
    /// The system tells that its buffer has room only once a good part is free, which for a slow peer takes minutes:
    /// so it is asked how much the peer has not acknowledged yet.
    private func hasStalled(_ now: UInt64) -> Bool {
        let left = output.count + transport.unacknowledged
        if left < untaken {
            untaken = left
            stallDeadline = now + UInt64(limits.writeTimeout.nanosecondsClamped)
        }
        return now >= stallDeadline
    }

    /// The server stops: what is between requests closes, endless streams end, the others finish.
    func beginStop() {
        switch phase {
        case .handshaking: close()
        case .idle:
            // What the client has sent already is answered, with word that this was the last; the loop may not have told yet.
            if transport.hasUnread { isReadable = true }
            advance()
            guard phase == .idle else { return }
            startFinishing(lingering: hasUnread)
            advance()
        case .draining:
            startFinishing(lingering: true)
            advance()
        case .handling:
            if exchange?.isEndless == true { endStream() }
        case .head, .finishing, .lingering, .closed: break
        }
    }

    /// The stop has reached its limit.
    func reachStopLimit() {
        if phase == .handling { cancelExchange() } else { close() }
    }
}
