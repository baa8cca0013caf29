internal import DequeModule
internal import Synchronization

/// The bounded queue between the loop, which puts in what libcurl received, and the one reader of a body.
///
/// `put`, `end` and `flush` are called on the loop; `next` and `abandon` anywhere. `wake` and `drop` are called outside
/// the lock, from the reader's side, and have to be cheap and harmless when the transfer has ended meanwhile.
final class BodyPipe: Sendable {
    /// One element, or nil at the end.
    typealias Element = Result<[UInt8]?, FetchError>

    private struct State {
        var chunks = Deque<[UInt8]>()
        var queued = 0
        var isPaused = false
        var end: FetchError??
        var reader: CheckedContinuation<Element, Never>?
    }

    private let state = Mutex(State())
    private let buffering: FetchBuffering
    private let wake: @Sendable () -> Void
    private let drop: @Sendable () -> Void

    /// A queue.
    ///
    /// - Parameters:
    ///   - buffering: its bounds.
    ///   - wake: called when a paused sender may go on.
    ///   - drop: called when the reader wants no more.
    init(
        buffering: FetchBuffering,
        wake: @escaping @Sendable () -> Void,
        drop: @escaping @Sendable () -> Void
    ) {
        self.buffering = buffering
        self.wake = wake
        self.drop = drop
    }

    /// Takes received bytes by copying them once; or, when the queue is full, takes nothing, and the answer is false.
    func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            if state.queued >= buffering.bodyBytes {
                state.isPaused = true
                return false
            }
            let last = state.chunks.count - 1
            if last >= 0, state.chunks[last].count + bytes.count <= buffering.chunkBytes {
                state.chunks[last].append(contentsOf: bytes)
            } else {
                var chunk: [UInt8] = []
                // A long body's elements are filled over several calls; a short one's need no more than they hold.
                // libcurl's largest piece, CURL_MAX_WRITE_SIZE, is 16 KiB: less than that is likely to be all.
                let isLong = last >= 0 || bytes.count >= 16_384
                chunk.reserveCapacity(isLong ? max(buffering.chunkBytes, bytes.count) : bytes.count)
                chunk.append(contentsOf: bytes)
                state.chunks.append(chunk)
            }
            state.queued += bytes.count
            return true
        }
    }

    /// Hands what there is to a waiting reader.
    ///
    /// The loop does this once per turn, so that elements are large.
    func flush() {
        let ready = state.withLock { state -> (CheckedContinuation<Element, Never>, Element)? in
            guard let reader = state.reader, let element = Self.take(&state) else { return nil }
            state.reader = nil
            return (reader, element)
        }
        if let ready { ready.0.resume(returning: ready.1) }
    }

    /// Ends the body after what is queued, or at once when `error` is a cancellation.
    func end(_ error: FetchError?) {
        state.withLock { state in
            if state.end != nil { return }
            state.end = .some(error)
            if error?.code == .cancelled {
                state.chunks.removeAll()
                state.queued = 0
            }
        }
        flush()
    }

    /// Whether the queue keeps the transfer from receiving.
    var isPaused: Bool { state.withLock { $0.isPaused } }

    /// The next element; suspends until there is one.
    func next() async -> Element {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (element, mayGoOn) = state.withLock { state -> (Element?, Bool) in
                    let element = Self.take(&state)
                    if element == nil { state.reader = continuation }
                    let mayGoOn = state.isPaused && state.queued <= buffering.bodyBytes / 2
                    if mayGoOn { state.isPaused = false }
                    return (element, mayGoOn)
                }
                if mayGoOn { wake() }
                if let element { continuation.resume(returning: element) }
            }
        } onCancel: {
            abandon("The task was cancelled")
        }
    }

    /// Wants no more: the reader, if any, gets a cancellation, and the transfer is stopped.
    ///
    /// Does nothing after the end.
    func abandon(_ why: String) {
        let hadEnded = state.withLock { $0.end != nil }
        end(.cancelled(why))
        if !hadEnded { drop() }
    }

    private static func take(_ state: inout State) -> Element? {
        if let chunk = state.chunks.popFirst() {
            state.queued -= chunk.count
            return .success(chunk)
        }
        guard let end = state.end else { return nil }
        guard let error = end else { return .success(nil) }
        return .failure(error)
    }
}
