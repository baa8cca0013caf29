/// Names the place that an image comes from, for the limit on downloads per source: scheme, host and port.
package struct SourceKey: Hashable, Sendable, CustomStringConvertible {
    /// For example `https://images.example:443`.
    package let text: String

    /// The source of a URL.
    ///
    /// Anything that isn't `scheme://authority/…` is a source of its own.
    package init(url: String) {
        guard let separator = url.firstRange(of: "://") else {
            text = url
            return
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let port = scheme == "https" ? ":443" : ":80"
        let hasPort = authority.last != "]" && authority.drop { $0 != "]" || $0 == ":" }.contains(":")
        let plainPort = !authority.contains("]") && authority.contains(":")
        text = scheme + "://" + authority.lowercased() + (hasPort || plainPort ? "" : port)
    }

    /// The value as text, fit for logs.
    package var description: String { text }
}
