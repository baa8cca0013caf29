/// The rules for URLs that images are fetched from and that webhooks are delivered to.
enum ImageURL {
    /// What is wrong with a URL, in words that don't repeat it (it may hold a password); nil if nothing is.
    static func fault(in url: String) -> String? {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }) else {
            return "must be a URL in ASCII without white space, quotes or control characters"
        }
        let lower = url.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lower.hasPrefix) else {
            return "must start with http:// or https://"
        }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority.contains("@") { return "must not contain a user or password" }
        guard let host = hostAndPort(authority) else {
            return "must name a host, and a port from 1 to 65535 if any"
        }
        return host.isEmpty ? "must name a host" : nil
    }

    private static func hostAndPort(_ authority: Substring) -> Substring? {
        var host = authority
        var port: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        if let port {
            guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port),
                (1...65_535).contains(number)
            else { return nil }
        }
        return host
    }
}
