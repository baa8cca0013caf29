import Digesting
import HTTPFetching
import HTTPTypes
import ImageCache
import PrecacheModel
import Telemetry

/// A seed's reading of some pieces from the source.
struct RunReading: Sendable {
    let source: ImageSource
    let expected: ExpectedImage
    let context: PullContext
    let identity: RelayIdentity
    let content: Digest
    let layout: PieceLayout
    let file: PieceFile

    /// Reads pieces in a row, and seals them.
    ///
    /// - Parameter gained: Told of each that is on the disk.
    /// - Throws: ``PullFailure``.
    func run(
        _ pieces: ClosedRange<Int>,
        _ gained: @Sendable (Int, PieceSeal, Int) -> Void
    ) async throws(PullFailure) {
        let wanted = layout.bytes(of: pieces)
        var request: FetchRequest
        do throws(TransferError) {
            request = try SourceRequest(source: source, context: context).make(
                from: 0,
                onCondition: nil,
                for: expected
            )
        } catch {
            throw error.failure
        }
        let isWhole = wanted == 0..<layout.sizeBytes
        if !isWhole { request.headers[.range] = "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)" }
        do {
            let response = try await context.fetcher.fetch(request)
            let start = try start(of: response, asked: wanted)
            try await take(response.body, from: start, pieces, gained)
        } catch let error as PullFailure {
            throw error
        } catch let error as FetchError {
            throw PullFailure(error)
        } catch let error as CacheError {
            throw PullFailure(error)
        } catch {
            throw .cancelled
        }
    }

    /// Where the answer's bytes begin: who ignores the range sends all from the first on, of which what isn't wanted is passed
    /// over.
    private func start(of response: FetchResponse, asked: Range<Int64>) throws(PullFailure) -> Int64 {
        switch AnswerPart.read(response, asked: asked.lowerBound, has: asked.lowerBound) {
        case .part(let part): return part.start
        case .useless(let why): throw PullFailure(.sourceError, why)
        case .end: throw PullFailure(.sizeMismatch, "the source ends before byte \(asked.lowerBound)")
        case .status:
            throw StatusVerdict.failure(
                response.status,
                response.headers,
                sentCredentials: !source.headers.isEmpty,
                now: .now()
            )
        }
    }

    private func take(
        _ body: FetchBody,
        from start: Int64,
        _ pieces: ClosedRange<Int>,
        _ gained: @Sendable (Int, PieceSeal, Int) -> Void
    ) async throws {
        var skip = layout.bytes(of: pieces).lowerBound - start
        var next = pieces.lowerBound
        var gathered: [UInt8] = []
        for try await bytes in body {
            try await context.limiter.take(bytes.count)
            context.metrics.fetchedBytes.increment(by: bytes.count)
            guard skip < bytes.count else {
                skip -= Int64(bytes.count)
                continue
            }
            gathered += bytes[Int(skip)...]
            skip = 0
            while next <= pieces.upperBound, gathered.count >= layout.bytes(of: next).count {
                let length = layout.bytes(of: next).count
                try await keep(next, Array(gathered[..<length]), gained)
                gathered.removeFirst(length)
                next += 1
            }
            if next > pieces.upperBound { return }
        }
        throw PullFailure(.sourceError, "the source's answer ended before piece \(next) was whole")
    }

    private func keep(
        _ piece: Int,
        _ bytes: [UInt8],
        _ gained: @Sendable (Int, PieceSeal, Int) -> Void
    ) async throws {
        let seal = try identity.seal(PieceSeal.message(piece, of: content, layout, sha256: sha256(bytes)))
        try await file.write(bytes, at: layout.bytes(of: piece).lowerBound)
        gained(piece, seal, bytes.count)
    }
}
