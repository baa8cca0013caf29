import HTTPFetching
import HTTPTypes
import ImageCache
import PrecacheModel

/// What a source is asked.
struct SourceRequest {
    let source: ImageSource
    let context: PullContext

    /// A request for an image, or for the rest of it.
    ///
    /// - Parameters:
    ///   - offset: Where the rest begins; 0 for the whole.
    ///   - tag: The entity tag on condition of which the rest is wanted, else the whole; nil for no condition.
    ///   - expected: The image.
    /// - Returns: The request, with the order's headers or the agent's own credentials.
    /// - Throws: ``TransferError`` for a header of the order's that can't be sent.
    func make(
        from offset: Int64,
        onCondition tag: String?,
        for expected: ExpectedImage
    ) throws(TransferError) -> FetchRequest {
        let configuration = context.configuration
        var headers = HTTPFields()
        for (name, value) in source.headers {
            guard let field = HTTPField.Name(name) else {
                let detail = "the source wants a header that can't be sent: '\(name)'"
                throw TransferError(PullFailure(.internal, detail, isRetryable: false))
            }
            headers.append(HTTPField(name: field, value: value))
        }
        // The order's own headers go before those of the agent's file.
        if let credential = configuration.credentials?.field(for: source.url), headers[credential.name] == nil
        {
            headers.append(credential)
        }
        // Without it any coding would be welcome (RFC 9110 section 12.5.3).
        if headers[.acceptEncoding] == nil { headers[.acceptEncoding] = "identity" }
        if let trace = source.trace { headers[.traceparent] = trace.text }
        if offset > 0 {
            headers[.range] = "bytes=\(offset)-"
            headers[.ifRange] = tag
        }
        return FetchRequest(
            url: source.url,
            headers: headers,
            timeouts: configuration.timeouts,
            redirection: RedirectRule(
                addresses: configuration.redirectAddresses,
                allowsPlain: configuration.allowsPlainRedirects && expected.digest != nil
            ),
            proxy: configuration.proxy,
            tls: configuration.tls,
            buffering: .bulk
        )
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
    /// - Returns: True after progress, but never for one that is too slow: its place is for others. Without progress: true twice where the connection just ended, which a server's restart or
    ///   a broken keep-alive connection does; and for a refused connection where the source worked before.
    func mayGoOn(breaks: Int, inVain: Int) -> Bool {
        guard let code, code != .tooSlow else { return false }
        guard inVain > 0 else { return true }
        return inVain <= 2 && (code == .closed || (breaks > 0 && (code == .connect || code == .resolve)))
    }
}
