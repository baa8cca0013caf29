/// What of a source's URL may be shown to people and kept in records.
package enum SourceURL {
    /// The URL without user, password, query and fragment, any of which may be a secret.
    ///
    /// Shortened to 500 characters.
    package static func shown(_ url: String) -> String {
        guard let separator = url.firstRange(of: "://") else { return "(not a URL)" }
        let rest = url[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
        var authority = rest.prefix { $0 != "/" }
        let path = rest[authority.endIndex...]
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        return String("\(url[..<separator.upperBound])\(authority)\(path)".prefix(500))
    }
}
