import HTTPFetching
import HTTPTypes
import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry

/// Fetches what is missing of an image from one source, going on where the connection broke.
///
/// With a digest known the bytes decide in the end, and what heads say only helps to find them: a part may begin earlier
/// than it was asked for, be short, or be the whole. Without one a source's strong entity tag has to say that the rest
/// belongs to what is there.
struct SourceTransfer {
    let source: ImageSource
    let context: PullContext
    let progress: ImageProgress
    /// The entity tag of the representation that the staged bytes are of, if this source named a strong one.
    private var tag: String?
    /// Whether parts are asked for; not of a source that can't.
    private var asksForParts = true
    /// Whether parts are asked for on condition of the tag; not where each node has its own.
    private var asksForTag = true
    /// Whether the bytes come of several answers that don't say of themselves that they belong together.
    private(set) var isPatched = false
    /// Where the last answer came from, after redirects, without query.
    private(set) var place: String
    /// The last answer's content coding, if it named one.
    private(set) var coding: String?

    init(source: ImageSource, context: PullContext, progress: ImageProgress) {
        self.source = source
        self.context = context
        self.progress = progress
        place = source.description
    }

    /// What a request came to.
    private enum Step {
        /// The source gave all that it has.
        case whole
        /// It gave a part; the next has to be asked for.
        case part
        /// Its answer is of no use, because of this; it's to be asked in another way.
        case otherwise(String)
    }

    /// Feeds the image until it is whole, as far as the source and the sizes tell.
    mutating func run(into staged: StagedImage) async throws(PullFailure) {
        var (breaks, inVain, turns) = (0, 0, 0)
        while staged.length != staged.expected.sizeBytes {
            var received = 0
            do throws(TransferError) {
                switch try await request(staged, &received) {
                case .whole: return
                // Nothing more is to be had: sizes and digest have the last word.
                case .part where received == 0 || staged.length == staged.expected.sizeBytes: return
                case .part where received >= Self.smallPart: continue
                case .part: breaks += 1
                case .otherwise(let reason):
                    turns += 1
                    guard turns > 2 else { continue }
                    breaks += 1
                    guard breaks <= context.configuration.resumes else {
                        throw TransferError(
                            PullFailure(.sourceError, "the source can't be gone on with: \(reason)")
                        )
                    }
                }
                guard breaks <= context.configuration.resumes else {
                    let detail = "the source gives less than \(Self.smallPart) bytes at a time"
                    throw TransferError(PullFailure(.sourceError, detail))
                }
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

    /// A part that is smaller, and not the last, costs a break: or an image could be dripped in requests.
    private static let smallPart = 65_536

    private mutating func request(
        _ staged: StagedImage,
        _ received: inout Int
    ) async throws(TransferError) -> Step {
        // Without a digest only the source's own word tells that the rest belongs to what is there.
        if staged.length > 0 && staged.expected.digest == nil && tag == nil { try await restart(staged) }
        let asked = asksForParts ? staged.length : 0
        let request = try SourceRequest(source: source, context: context)
            .make(from: asked, onCondition: asksForTag ? tag : nil, for: staged.expected)
        let response: FetchResponse
        do {
            response = try await context.fetcher.fetch(request)
        } catch {
            throw TransferError(error)
        }
        place = SourceURL.shown(response.url)
        let part: AnswerPart
        switch AnswerPart.read(response, asked: asked, has: staged.length) {
        case .part(let found): part = found
        case .useless(let said):
            guard asked > 0 else { throw TransferError(PullFailure(.sourceError, said)) }
            asksForParts = false
            return .otherwise(said)
        case .end(let total):
            // Without a promised size this is how the end of parts of an unknown whole is told.
            if total == staged.length && staged.expected.digest != nil && staged.expected.sizeBytes == nil {
                return .whole
            }
            try checkSize(total, staged)
            asksForParts = false
            return .otherwise("it answered 416 to a request from byte \(asked) on")
        case .status:
            if asked > 0 && StatusVerdict.refusalsOfRanges.contains(response.status.code) {
                asksForParts = false
                return .otherwise("it answered \(response.status.code) to a request from byte \(asked) on")
            }
            throw TransferError(statusFailure(response))
        }
        if let reason = try await reconcile(staged, response, part, asked: asked) {
            return .otherwise(reason)
        }
        try await prepare(staged, response, part)
        try await feed(staged, response.body, from: part.start, &received)
        if part.isToItsEnd && staged.expected.sizeBytes == nil { return .whole }
        return staged.length == part.total && staged.expected.sizeBytes == nil ? .whole : .part
    }

    private func statusFailure(_ response: FetchResponse) -> PullFailure {
        var failure = StatusVerdict.failure(
            response.status,
            response.headers,
            sentCredentials: !source.headers.isEmpty
                || context.configuration.credentials?.field(for: source.url) != nil,
            now: .now()
        )
        if place != source.description { failure.detail += " (at \(place))" }
        return failure
    }

    /// Makes sure that an answer's bytes may follow those that are there.
    ///
    /// - Returns: Why the source has to be asked otherwise; nil if this answer is taken.
    private mutating func reconcile(
        _ staged: StagedImage,
        _ response: FetchResponse,
        _ part: AnswerPart,
        asked: Int64
    ) async throws(TransferError) -> String? {
        guard staged.length > 0 else { return nil }
        let entity = Self.strongTag(response)
        // The tag was a condition for the part, so one that isn't named is this one.
        let isSame = tag != nil && (entity == tag || (entity == nil && part.start > 0 && asksForTag))
        if staged.expected.digest == nil {
            guard !isSame else { return nil }
            let old = tag ?? "none"
            try await restart(staged)
            return part.start > 0
                ? "its ETag is \(SourceText.shown(entity ?? "none")), it was \(SourceText.shown(old))" : nil
        }
        // Another node's tag: the digest judges in the end, so the part is asked for without a condition.
        if asked > 0 && part.start == 0 && asksForTag && tag != nil && entity != tag {
            asksForTag = false
            return "its ETag is \(SourceText.shown(entity ?? "none"))"
        }
        if !isSame { isPatched = true }
        return nil
    }

    private static func strongTag(_ response: FetchResponse) -> String? {
        response.headers[.eTag].flatMap { $0.hasPrefix("W/") ? nil : $0 }
    }

    /// Believes the head only as far as it agrees with what was promised.
    private mutating func prepare(
        _ staged: StagedImage,
        _ response: FetchResponse,
        _ part: AnswerPart
    ) async throws(TransferError) {
        coding = ContentCoding.label(response.headers)
        if let coding { try checkCoding(coding, part.total, staged.expected) }
        try checkSize(part.total, staged)
        if let entity = Self.strongTag(response) { tag = entity } else if part.start == 0 { tag = nil }
        guard staged.expected.sizeBytes == nil, let total = part.total else { return }
        progress.set(total: total)
        do {
            try await staged.reserve(upTo: total)
        } catch {
            throw TransferError(PullFailure(error))
        }
    }

    /// A label may be the file's own nature, or nobody's: bytes of the promised number or digest are taken as they are.
    private func checkCoding(
        _ coding: String,
        _ total: Int64?,
        _ expected: ExpectedImage
    ) throws(TransferError) {
        let detail: String
        switch (expected.sizeBytes, total) {
        case (let size?, let total?):
            guard size != total else { return }
            detail = "(Content-Encoding: \(coding)): \(total) bytes, \(size) were promised"
        case (nil, _):
            guard expected.digest == nil else { return }
            detail = "(Content-Encoding: \(coding)), and no digest tells what the bytes are to be"
        case (_, nil): return
        }
        let text = "the source sends the image encoded \(detail)"
        throw TransferError(PullFailure(.sourceError, text, isRetryable: false))
    }

    private func checkSize(_ total: Int64?, _ staged: StagedImage) throws(TransferError) {
        guard let size = staged.expected.sizeBytes, let total, total != size else { return }
        var failure = PullFailure(.sizeMismatch, "the source offers \(total) bytes, \(size) were promised")
        // Whatever this answer is of, the bytes that are there may be right, unless they are just these.
        failure.keepsBytes = staged.expected.digest != nil && total != staged.length
        throw TransferError(failure)
    }

    private func feed(
        _ staged: StagedImage,
        _ body: FetchBody,
        from start: Int64,
        _ received: inout Int
    ) async throws(TransferError) {
        // What is there already comes once more.
        var known = staged.length - start
        do {
            for try await bytes in body {
                try await context.limiter.take(bytes.count)
                context.metrics.fetchedBytes.increment(by: bytes.count)
                progress.change { $0.fromSource += Int64(bytes.count) }
                guard known < bytes.count else {
                    known -= Int64(bytes.count)
                    continue
                }
                let fresh = known > 0 ? Array(bytes[Int(known)...]) : bytes
                known = 0
                try await staged.append(fresh)
                received += fresh.count
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

    private mutating func restart(_ staged: StagedImage) async throws(TransferError) {
        do {
            try await staged.restart()
        } catch {
            throw TransferError(PullFailure(error))
        }
        (tag, isPatched) = (nil, false)
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
