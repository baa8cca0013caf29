import PrecacheModel

/// One place that an image's bytes can be had from.
package struct AgentSource: Encodable, Hashable, Sendable, CustomStringConvertible {
    /// An `http` or `https` URL.
    package var url: String
    /// Headers for the request, such as a short-lived token.
    ///
    /// Secret: never logged.
    package var headers: [String: String]

    package init(url: String, headers: [String: String] = [:]) {
        self.url = url
        self.headers = headers
    }

    /// The URL without its query, user and password; headers are never shown.
    package var description: String { SourceURL.shown(url) }

    enum CodingKeys: String, CodingKey {
        case url
        case headers
    }
}
