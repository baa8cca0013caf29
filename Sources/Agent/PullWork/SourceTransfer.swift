import HTTPFetching
import HTTPTypes
import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry

/// Fetches what is missing of an image from one source, going on by Range where the connection broke.
struct SourceTransfer {
    let source: ImageSource
    let context: PullContext
    let progress: ImageProgress
    /// The entity tag of the representation that the staged bytes are of, if this source named a strong one.
    private var tag: String?
    private var mayResume = true

    init(source: ImageSource, context: PullContext, progress: ImageProgress) {
        self.source = source
        self.context = context
        self.progress = progress
    }

    /// Feeds the image until it is whole, as far as the source and the sizes tell.
    mutating func run(into staged: StagedImage) async throws(PullFailure) {
        var (breaks, inVain) = (0, 0)
        while staged.length != staged.expected.sizeBytes {
            var received = 0
            do {
                if try await request(staged, &received) { return }
                continue
            } catch {
                inVain = received > 0 ? 0 : inVain + 1
                guard breaks < context.configuration.resumes, error.mayGoOn(breaks: breaks, inVain: inVain)
                else {
                    throw error.failure
                }
                breaks += 1
                context.metrics.brokenTransfers.increment()
                context.logger.info(
                    "transfer broke off, going on",
                    metadata: [
                        "source": "\(source)", "offset": "\(staged.length)",
                        "error": "\(error.failure.detail)",
                    ]
                )
            }
            try await pause(beforeResume: breaks)
        }
    }

    /// One request.
    ///
    /// - Returns: Whether the source gave all that it has; false asks for another request from the start.
    private mutating func request(
        _ staged: StagedImage,
        _ received: inout Int
    ) async throws(TransferError) -> Bool {
        // Without a digest only the source's own word tells that the rest belongs to what is there.
        let isSpliced = staged.expected.digest == nil && tag == nil
        if staged.length > 0 && (!mayResume || isSpliced) { try await restart(staged) }
        let offset = staged.length
        let request = try fetchRequest(from: offset)
        let response: FetchResponse
        do {
            response = try await context.fetcher.fetch(request)
        } catch {
            throw TransferError(error)
        }
        switch response.status.code {
        case 200: if offset > 0 { try await restart(staged) }
        case 206 where offset > 0:
            guard ContentRange(response.headers[.contentRange])?.start == offset else {
                mayResume = false
                return false
            }
        case 416 where offset > 0:
            try checkSize(ContentRange(response.headers[.contentRange])?.total, staged)
            mayResume = false
            return false
        default:
            throw TransferError(
                StatusVerdict.failure(
                    response.status,
                    response.headers,
                    sentCredentials: !source.headers.isEmpty,
                    now: .now()
                )
            )
        }
        try await prepare(staged, response)
        try await feed(staged, response.body, &received)
        return true
    }

    private func fetchRequest(from offset: Int64) throws(TransferError) -> FetchRequest {
        var headers = HTTPFields()
        for (name, value) in source.headers {
            guard let field = HTTPField.Name(name) else {
                let detail = "the source wants a header that can't be sent: '\(name)'"
                throw TransferError(PullFailure(.internal, detail, isRetryable: false))
            }
            headers.append(HTTPField(name: field, value: value))
        }
        if offset > 0 {
            headers[.range] = "bytes=\(offset)-"
            headers[.ifRange] = tag
        }
        return FetchRequest(
            url: source.url,
            headers: headers,
            timeouts: context.configuration.timeouts,
            tls: context.configuration.tls,
            buffering: .bulk
        )
    }

    /// Believes the head only as far as it agrees with what was promised.
    private mutating func prepare(
        _ staged: StagedImage,
        _ response: FetchResponse
    ) async throws(TransferError) {
        if let coding = response.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw TransferError(
                PullFailure(.sourceError, "the source sends the image encoded", isRetryable: false)
            )
        }
        let total =
            response.status.code == 206
            ? ContentRange(response.headers[.contentRange])?.total
            : response.headers[.contentLength].flatMap { Int64($0) }
        try checkSize(total, staged)
        if let entity = response.headers[.eTag], !entity.hasPrefix("W/") { tag = entity } else { tag = nil }
        guard staged.expected.sizeBytes == nil, let total else { return }
        progress.set(total: total)
        do {
            try await staged.reserve(upTo: total)
        } catch {
            throw TransferError(PullFailure(error))
        }
    }

    private func checkSize(_ total: Int64?, _ staged: StagedImage) throws(TransferError) {
        guard let size = staged.expected.sizeBytes, let total, total != size else { return }
        throw TransferError(
            PullFailure(.sizeMismatch, "the source offers \(total) bytes, \(size) were promised")
        )
    }

    private func feed(
        _ staged: StagedImage,
        _ body: FetchBody,
        _ received: inout Int
    ) async throws(TransferError) {
        do {
            for try await bytes in body {
                try await context.limiter.take(bytes.count)
                try await staged.append(bytes)
                received += bytes.count
                context.metrics.fetchedBytes.increment(by: bytes.count)
                progress.set(done: staged.length)
            }
        } catch let error as FetchError {
            throw TransferError(error)
        } catch let error as CacheError {
            throw TransferError(PullFailure(error))
        } catch {
            throw TransferError(.cancelled)
        }
    }

    private func restart(_ staged: StagedImage) async throws(TransferError) {
        do {
            try await staged.restart()
        } catch {
            throw TransferError(PullFailure(error))
        }
        progress.set(done: 0)
    }

    private func pause(beforeResume number: Int) async throws(PullFailure) {
        let bound = context.configuration.resumeDelay * Double(1 << min(number - 1, 5))
        do {
            try await context.loop.sleep(for: bound * Double.random(in: 0.5...1))
        } catch {
            throw .cancelled
        }
    }
}

/// A failed request: what it means for the image, and whether it broke off and may be gone on with.
struct TransferError: Error {
    let failure: PullFailure
    /// What the fetcher said, if it was the network.
    private let code: FetchError.Code?

    init(_ failure: PullFailure) {
        self.failure = failure
        code = nil
    }

    init(_ error: FetchError) {
        failure = PullFailure(error)
        code = error.retry == .retryable ? error.code : nil
    }

    /// Whether another request to the same source makes sense in this attempt.
    ///
    /// - Parameters:
    ///   - breaks: How often the source broke off before.
    ///   - inVain: Requests in a row, this one included, that brought no byte.
    /// - Returns: True after progress. Without any: true twice where the connection just ended, which a server's restart or
    ///   a broken keep-alive connection does; and for a refused connection where the source worked before.
    func mayGoOn(breaks: Int, inVain: Int) -> Bool {
        guard let code else { return false }
        guard inVain > 0 else { return true }
        return inVain <= 2 && (code == .closed || (breaks > 0 && (code == .connect || code == .resolve)))
    }
}
