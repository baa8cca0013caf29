public import HTTPTypes
import PrecacheModel

/// One place that an image's bytes can be had from.
public struct PullSource: Hashable, Sendable, CustomStringConvertible {
    /// An `http` or `https` URL; its query may be a secret.
    public var url: String
    /// Headers for the request; secret.
    public var headers: HTTPFields

    /// Puts a source together.
    public init(url: String, headers: HTTPFields = [:]) {
        self.url = url
        self.headers = headers
    }

    /// What may be shown: the URL without query, user and password.
    public var description: String { SourceURL.shown(url) }
}
