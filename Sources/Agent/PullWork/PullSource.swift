package import HTTPTypes
import PrecacheModel

/// One place that an image's bytes can be had from.
package struct PullSource: Hashable, Sendable, CustomStringConvertible {
    /// An `http` or `https` URL; its query may be a secret.
    package var url: String
    /// Headers for the request; secret.
    package var headers: HTTPFields

    package init(url: String, headers: HTTPFields = [:]) {
        self.url = url
        self.headers = headers
    }

    /// What may be shown: the URL without query, user and password.
    package var description: String { SourceURL.shown(url) }
}
