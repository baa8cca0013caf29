import HTTPTypes
import Reactor

extension Connection {
    /// Reads as much of a request's head as there is and begins the request when the head is complete.
    func readRequest() -> Bool {
        // Whoever does not take the answers gets no more of them.
        if !output.isEmpty, !isWritable || output.count > 65_536 {
            flush()
            if phase == .closed || !output.isEmpty { return false }
        }
        guard let input, !input.isEmpty else {
            if fill() { return true }
            if hasInputEnded, phase != .closed { startFinishing(lingering: false) }
            return phase == .finishing
        }
        do throws(HTTPFailure) {
            if let head = try nextHead(input) {
                begin(head)
                return true
            }
        } catch {
            refuse(error)
            return true
        }
        if phase == .idle {
            phase = .head
            readDeadline = MonotonicTime.deadline(after: limits.headTimeout)
        }
        if fill() { return true }
        if hasInputEnded { close() }
        return false
    }

    private func nextHead(_ input: IOBuffer) throws(HTTPFailure) -> RequestHead? {
        // One empty line before a request is forgiven (RFC 9112 section 2.2).
        if !hasSkippedLine, input.bytes[0] == ASCII.carriageReturn {
            guard input.count >= 2 else { return nil }
            if input.bytes[1] == ASCII.lineFeed {
                hasSkippedLine = true
                input.consume(2)
                if input.isEmpty { return nil }
            }
        }
        guard let length = try scanner.scan(input.bytes, limits: limits) else { return nil }
        var parser = HeadParser(UnsafeRawBufferPointer(rebasing: input.bytes[..<length]), limits: limits)
        let head = try parser.parse()
        input.consume(length)
        if case .length(let declared) = head.framing, declared > limits.bodyBytes {
            throw .bodyTooLarge(limit: limits.bodyBytes)
        }
        return head
    }

    /// Reads once from the socket into `input`; false when nothing came.
    func fill() -> Bool {
        guard isReadable, !hasInputEnded, phase != .closed else { return false }
        let buffer = roomyInput()
        let room = buffer.room
        switch transport.read(into: room) {
        case .count(let count):
            buffer.didWrite(count)
            // A short read has emptied the socket (epoll(7)), unless the end is known to be behind it.
            if count < room.count, transport.tls == nil, !hasHungUp { isReadable = false }
            return true
        case .wouldBlock:
            isReadable = false
        case .end:
            isReadable = false
            hasInputEnded = true
        case .failed:
            close()
        }
        return false
    }

    /// The input buffer with room in it: a pooled one in place of the small one that kept a rest.
    private func roomyInput() -> IOBuffer {
        guard let small = input else {
            let buffer = context.takeBuffer()
            input = buffer
            return buffer
        }
        if small.capacity - small.count < 4_096 {
            let buffer = context.takeBuffer()
            if buffer.capacity > small.capacity {
                buffer.append(small.bytes)
                context.recycle(small)
                input = buffer
                return buffer
            }
            context.recycle(buffer)
        }
        small.reserve(4_096)
        return small
    }

    /// Lets go of the large buffer: a head that drips in keeps only its own size.
    func park() {
        guard let large = input else { return }
        if large.isEmpty {
            input = nil
            context.recycle(large)
        } else if large.capacity > 1_024, large.count <= large.capacity / 4 {
            let small = IOBuffer(capacity: large.count)
            small.append(large.bytes)
            input = small
            context.recycle(large)
        }
    }

    /// Answers a request that is none, and ends the connection.
    func refuse(_ failure: HTTPFailure) {
        let bytes = ProblemDocument.render(failure)
        var headers = failure.headers
        headers[.contentType] = ProblemDocument.contentType
        ResponseEncoder.encode(
            status: failure.status,
            headers: headers,
            framing: .length(bytes.count),
            keepsAlive: false,
            announcesKeepAlive: false,
            date: context.date,
            into: output.tail(context)
        )
        output.append(bytes, context)
        observe(failure: failure, bytesSent: bytes.count)
        startFinishing(lingering: true)
    }

    /// Drops what is left of a request's body, up to the limit.
    func drain() -> Bool {
        if let input {
            let before = body.received
            do throws(HTTPFailure) {
                try body.skip(from: input)
            } catch {
                startFinishing(lingering: true)
                return true
            }
            drainLeft -= body.received - before
        }
        if body.isDone {
            enterIdle()
            return true
        }
        if drainLeft < 0 {
            startFinishing(lingering: true)
            return true
        }
        if fill() { return true }
        if hasInputEnded { close() }
        return false
    }
}
