import HTTPFetching

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
