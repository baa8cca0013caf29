import PrecacheClient

/// Finds the access token; its text never reaches a message.
enum AccessToken {
    /// The token of `file`, else of `PRECACHE_TOKEN`, else none.
    static func find(file: String?, environment: [String: String]) throws -> String? {
        if let file {
            return try checked(trimmed(try LocalFile.text(file)), source: "the file '\(file)'")
        }
        guard let token = environment["PRECACHE_TOKEN"], !token.isEmpty else { return nil }
        return try checked(trimmed(token), source: "PRECACHE_TOKEN")
    }

    /// A file's text without white space at either end.
    static func trimmed(_ text: String) -> String {
        let blank: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        var rest = text[...]
        while let last = rest.last, blank(last) { rest.removeLast() }
        return String(rest.drop(while: blank))
    }

    // RFC 6750 section 2.1 allows less; this is what can't break a header.
    private static func checked(_ token: String, source: String) throws(ClientError) -> String {
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ClientError(
                .input,
                "\(source) holds no usable token: it must be one word of printable ASCII",
                hint: "precached token create prints a token alone."
            )
        }
        return token
    }
}
