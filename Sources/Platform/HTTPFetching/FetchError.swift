/// Why a fetch, or the body of one, came to no good end.
///
/// An HTTP status is never one of these.
package struct FetchError: Error, Sendable, Hashable {
    /// The stage or rule that failed.
    ///
    /// Names are stable.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The host's name has no address now.
        case resolve

        /// No connection: refused, unreachable, or none within ``FetchTimeouts/connect``.
        case connect

        /// The TLS handshake or a certificate check failed, or our own certificate files cannot be used.
        case tls

        /// ``FetchTimeouts/total`` was reached.
        case timeout

        /// ``FetchTimeouts/idle`` was reached.
        case idle

        /// ``FetchTimeouts/lowSpeed`` was undercut.
        case tooSlow

        /// The connection ended before the response did.
        case closed

        /// More redirects than ``FetchRequest/redirects``.
        case tooManyRedirects

        /// A redirect from https to http, to another protocol, or to a URL with a user in it.
        case refusedRedirect

        /// ``FetcherConfiguration/addresses`` forbids the address that the URL's host has.
        case refusedAddress

        /// The URL is not one that can be fetched.
        case badURL

        /// The head, or a collected body, is larger than its limit.
        case tooLarge

        /// The task was cancelled, the body let go of, or the fetcher stopped.
        case cancelled

        /// What came is not HTTP/1.
        case protocolViolation

        /// Anything else, in libcurl's words.
        case other
    }

    /// Whether trying again can help.
    package enum Retry: String, Sendable, Hashable {
        /// The same request may succeed later.
        case retryable

        /// It will fail again until somebody changes something.
        case permanent

        /// Nobody wants the answer any more.
        case cancelled
    }

    /// What failed.
    package let code: Code

    /// Whether trying again can help.
    package let retry: Retry

    /// What happened, in libcurl's own words where it was libcurl that failed, then the URL without its query.
    package let message: String

    /// libcurl's `CURLcode`, where there is one.
    package let curlCode: Int32?

    /// An error; a cancelled one is always ``Retry/cancelled``.
    package init(code: Code, retry: Retry, message: String, curlCode: Int32? = nil) {
        self.code = code
        self.retry = code == .cancelled ? .cancelled : retry
        self.message = message
        self.curlCode = curlCode
    }

    /// A cancellation, and whose it was.
    static func cancelled(_ message: String) -> FetchError {
        FetchError(code: .cancelled, retry: .cancelled, message: message)
    }
}

extension FetchError: CustomStringConvertible {
    /// The code and the message.
    package var description: String { "\(code.rawValue): \(message)" }
}
