/// The beginning of URLs: scheme, host and port, and whole steps of a path.
///
/// `https://a.example/x` is the beginning of `https://a.example/x/y?z` and of itself, and of nothing on `a.example.org` or
/// below `/xy`. URLs are compared as they are fetched, whatever notation they came in.
package struct URLPrefix: Sendable, Hashable {
    private let url: FetchURL
    private let steps: String

    /// A beginning.
    ///
    /// - Throws: ``FetchError/Code/badURL`` for what is no URL, or has a query.
    package init(_ text: String) throws(FetchError) {
        url = try FetchURL.parse(text)
        guard url.query == nil else {
            throw FetchError(code: .badURL, retry: .permanent, message: "A URL's beginning has no query")
        }
        steps = Self.withoutSlash(url.path)
    }

    /// How much it says; of several that fit, the one that says most counts.
    package var length: Int { steps.utf8.count }

    /// Whether a URL begins so.
    package func covers(_ text: String) -> Bool { rest(of: text) != nil }

    /// A URL with another beginning in the place of this one; nil if it doesn't begin so.
    package func replaced(in text: String, by other: URLPrefix) -> String? {
        rest(of: text).map { Self.withoutSlash(other.url.text) + $0 }
    }

    private func rest(of text: String) -> String? {
        guard let other = try? FetchURL.parse(text), other.isSameOrigin(as: url), other.path.hasPrefix(steps)
        else { return nil }
        let rest = other.path.dropFirst(steps.count)
        guard rest.isEmpty || rest.first == "/" else { return nil }
        return rest + (other.query.map { "?\($0)" } ?? "")
    }

    private static func withoutSlash(_ text: String) -> String {
        text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
