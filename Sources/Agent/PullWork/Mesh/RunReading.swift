import HTTPFetching
import HTTPTypes
import ImageCache
import PrecacheModel
import Telemetry

/// A seed's reading of some pieces from a source.
struct RunReading: Sendable {
    let source: ImageSource
    let expected: ExpectedImage
    let context: PullContext
    let progress: ImageProgress
    let relay: Relay

    /// Reads pieces in a row, and seals them.
    ///
    /// A source that gives no parts is read from its start to its end instead, or as far as anything is missing.
    ///
    /// - Parameters:
    ///   - pieces: What is wanted.
    ///   - gained: Told of each that is on the disk.
    /// - Throws: ``PullFailure``.
    func run(
        _ pieces: ClosedRange<Int>,
        _ gained: @Sendable (Int, PieceSeal) -> Void
    ) async throws(PullFailure) {
        let wanted = relay.layout.bytes(of: pieces)
        do {
            var response = try await fetch(wanted)
            if wanted != 0..<relay.layout.sizeBytes,
                StatusVerdict.refusalsOfRanges.contains(response.status.code)
            {
                response.body.cancel()
                response = try await fetch(0..<relay.layout.sizeBytes)
            }
            let part = try part(in: response, asked: wanted)
            // Who sends more than was asked for would have to send it again for the next pieces.
            let sendsMore = part.start < wanted.lowerBound || part.isToItsEnd
            let last = sendsMore ? relay.layout.count - 1 : pieces.upperBound
            try await take(response.body, from: part.start, pieces.lowerBound...last, gained)
        } catch let error as PullFailure {
            throw error
        } catch let error as FetchError {
            throw PullFailure(error)
        } catch let error as TransferError {
            throw error.failure
        } catch let error as CacheError {
            throw PullFailure(error)
        } catch {
            throw .cancelled
        }
    }

    private func fetch(_ wanted: Range<Int64>) async throws -> FetchResponse {
        var request = try SourceRequest(source: source, context: context)
            .make(from: 0, onCondition: nil, for: expected)
        if wanted != 0..<relay.layout.sizeBytes {
            request.headers[.range] = "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)"
        }
        return try await context.fetcher.fetch(request)
    }

    /// Which of the image's bytes an answer brings: what isn't wanted of them is passed over.
    private func part(
        in response: FetchResponse,
        asked: Range<Int64>
    ) throws(PullFailure) -> AnswerPart {
        switch AnswerPart.read(response, asked: asked.lowerBound, has: asked.lowerBound) {
        case .part(let part):
            if let total = part.total, total != relay.layout.sizeBytes {
                var failure = PullFailure(
                    .sizeMismatch,
                    "the source offers \(total) bytes, \(relay.layout.sizeBytes) were promised"
                )
                failure.keepsBytes = true
                throw failure
            }
            return part
        case .useless(let why): throw PullFailure(.sourceError, why)
        case .end: throw PullFailure(.sizeMismatch, "the source ends before byte \(asked.lowerBound)")
        case .status:
            throw StatusVerdict.failure(
                response.status,
                response.headers,
                sentCredentials: !source.headers.isEmpty
                    || context.configuration.credentials?.field(for: source.url) != nil,
                now: .now()
            )
        }
    }

    private func take(
        _ body: FetchBody,
        from start: Int64,
        _ pieces: ClosedRange<Int>,
        _ gained: @Sendable (Int, PieceSeal) -> Void
    ) async throws {
        var (position, next, gathered) = (start, pieces.lowerBound, [UInt8]())
        for try await bytes in body {
            try await context.limiter.take(bytes.count)
            context.metrics.fetchedBytes.increment(by: bytes.count)
            progress.change { $0.fromSource += Int64(bytes.count) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let wanted = relay.layout.bytes(of: next)
                let end = position < wanted.lowerBound ? wanted.lowerBound : wanted.upperBound
                let count = min(rest.count, Int(end - position))
                if position >= wanted.lowerBound {
                    // All at once: grown by and by, a piece takes up to three times its room.
                    if gathered.isEmpty { gathered.reserveCapacity(wanted.count) }
                    gathered += rest.prefix(count)
                }
                rest = rest.dropFirst(count)
                position += Int64(count)
                guard position == wanted.upperBound else { continue }
                try await keep(next, gathered, gained)
                gathered = []
                guard let following = relay.firstMissing(next + 1, upTo: pieces.upperBound) else { return }
                next = following
            }
        }
        throw PullFailure(.sourceError, "the source's answer ended before piece \(next) was whole")
    }

    private func keep(
        _ piece: Int,
        _ bytes: [UInt8],
        _ gained: @Sendable (Int, PieceSeal) -> Void
    ) async throws {
        let seal = try await relay.file.compute { [seals = relay.seals, layout = relay.layout] in
            try? seals.seal(piece, layout, bytes)
        }
        guard let seal else { throw PullFailure(.internal, "OpenSSL can't sign") }
        guard try await relay.write(piece, bytes) else {
            return context.metrics.duplicateBytes.increment(by: bytes.count)
        }
        gained(piece, seal)
    }
}
