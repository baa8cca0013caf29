import HTTPFetching

/// A failed request: what it means for the image, and whether it broke off and may be gone on with.
struct TransferError: Error {
    let failure: PullFailure
    /// Whether the transfer ended early for reasons of the network.
    let isBreak: Bool

    init(_ failure: PullFailure) {
        self.failure = failure
        isBreak = false
    }

    init(_ error: FetchError) {
        failure = PullFailure(error)
        isBreak = error.retry == .retryable
    }
}
