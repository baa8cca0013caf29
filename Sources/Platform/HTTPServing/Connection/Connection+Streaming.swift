import Reactor

/// Writes to one exchange's answer; useless once that is over.
struct StreamWriter: ResponseWriter {
    let connection: Connection
    let exchange: Int

    func write(_ bytes: [UInt8]) async throws {
        try await connection.write(bytes, exchange: exchange)
    }
}

extension Connection {
    /// Runs a streaming body to its end.
    func stream(
        _ produce: @Sendable (any ResponseWriter) async throws -> Void,
        length: Int?,
        exchange number: Int
    ) async {
        exchange?.bytesLeft = length ?? .max
        if exchange?.isEndless == true, context.isStopping { endStream() }
        if !isAdvancing { flush() }
        let writer = StreamWriter(connection: self, exchange: number)
        let isComplete: Bool
        do {
            try await withTaskExecutorPreference(context.loop) { try await produce(writer) }
            isComplete = length == nil || exchange?.bytesLeft == 0
        } catch {
            isComplete = exchange?.isEndedByStop == true && length == nil
        }
        guard let current = exchange, current.number == number else { return }
        guard isComplete else { return abort() }
        if current.framing == .chunked { output.tail(context).append("0\r\n\r\n") }
        finishExchange()
    }

    /// Cancels an endless stream because the server stops.
    func endStream() {
        exchange?.isEndedByStop = true
        if let task = exchange?.task {
            task.cancel()
        } else {
            // The first part of the task still runs: this is it.
            withUnsafeCurrentTask { $0?.cancel() }
        }
    }

    func write(_ bytes: [UInt8], exchange number: Int) async throws {
        while true {
            guard let current = exchange, current.number == number else { throw ConnectionClosed() }
            try Task.checkCancellation()
            if output.isEmpty || isWritable && output.count < 65_536 { break }
            try await waitForRoom()
        }
        guard !bytes.isEmpty, let current = exchange else { return }
        guard bytes.count <= current.bytesLeft else { throw ConnectionClosed() }
        if current.bytesLeft != .max { exchange?.bytesLeft = current.bytesLeft - bytes.count }
        exchange?.bytesSent += bytes.count
        if current.framing == .chunked {
            let head = output.tail(context)
            head.append(number: bytes.count, radix: 16)
            head.append("\r\n")
            output.append(bytes, context)
            output.tail(context).append("\r\n")
        } else {
            output.append(bytes, context)
        }
        if isAdvancing { return }
        flush()
        while !output.isEmpty {
            guard exchange?.number == number else { throw ConnectionClosed() }
            try await waitForRoom()
        }
        await takeTurns(bytes.count)
        guard exchange?.number == number else { throw ConnectionClosed() }
    }

    /// Lets the loop's other connections go on now and then, even when this peer is always ready.
    func takeTurns(_ count: Int) async {
        bytesInTurn += count
        guard bytesInTurn >= 1_048_576 else { return }
        bytesInTurn = 0
        await Task.yield()
    }

    /// Suspends until the system has taken all that waits.
    private func waitForRoom() async throws {
        try Task.checkCancellation()
        flush()
        guard !output.isEmpty else { return }
        waiterCount += 1
        let number = waiterCount
        let loop = context.loop
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { flushWaiters[number] = $0 }
        } onCancel: {
            loop.execute { [self] in
                assumeIsolated {
                    $0.flushWaiters.removeValue(forKey: number)?.resume(throwing: CancellationError())
                }
            }
        }
    }
}
