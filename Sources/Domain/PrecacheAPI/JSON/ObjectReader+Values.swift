import PrecacheModel

/// Values of the vocabulary, read from members.
extension ObjectReader {
    /// A text made into a checked value; what the check says is noted.
    mutating func checked<Value>(
        _ name: String,
        required: Bool = false,
        _ problems: inout InputProblems,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        guard let text = string(name, length: 0...2048, required: required, &problems) else { return nil }
        return InputCheck.value(text, field: path(of: name), &problems, make)
    }

    /// At most 64 short texts by key; nil if the member is missing or wrong.
    mutating func labels(_ name: String, _ problems: inout InputProblems) -> [String: String]? {
        guard let value = value(name, &problems) else { return nil }
        guard case .object(let members) = value else {
            problems.add(path(of: name), "must be an object, not \(value.kind)")
            return nil
        }
        guard members.count <= 64 else {
            problems.add(path(of: name), "must have at most 64 members, not \(members.count)")
            return nil
        }
        var labels: [String: String] = [:]
        for member in members {
            guard PrintableText.isName(member.name, upTo: 255) else {
                problems.add(path(of: name), "a key must be 1 to 255 printable characters")
                continue
            }
            guard case .string(let text) = member.value, text.unicodeScalars.count <= 255 else {
                problems.add("\(path(of: name)).\(member.name)", "must be a string of at most 255 characters")
                continue
            }
            labels[member.name] = text
        }
        return labels
    }

    /// One word of a closed list.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String,
        _ problems: inout InputProblems
    ) -> Word? where Word.RawValue == String {
        string(name, &problems).flatMap { InputCheck.word($0, field: path(of: name), &problems) }
    }

    /// The member `parallelism`; also nil for `null` where that is allowed.
    mutating func parallelism(nullable: Bool = false, _ problems: inout InputProblems) -> Parallelism? {
        let text: String
        switch value("parallelism", &problems) {
        case nil: return nil
        case .null where nullable: return nil
        case .integer(let number): text = String(number)
        case .string(let string): text = string
        default: text = ""
        }
        if text.first != "0", let value = try? Parallelism(text) { return value }
        problems.add(
            path(of: "parallelism"),
            "must be a number of hosts from 1 to 1000000, or \"1%\" to \"100%\""
        )
        return nil
    }

    /// A text that can be shown on one line; also nil for `null` where that is allowed.
    mutating func printable(
        _ name: String,
        length: ClosedRange<Int> = 1...255,
        required: Bool = false,
        nullable: Bool = false,
        _ problems: inout InputProblems
    ) -> String? {
        let text = string(name, length: length, required: required, nullable: nullable, &problems)
        guard let text, !PrintableText.isPrintable(text) else { return text }
        problems.add(path(of: name), "must not contain control characters")
        return nil
    }
}

/// Checks of single texts.
enum InputCheck {
    /// The value that `make` gives; nil, and its message noted, if it refuses the text.
    static func value<Value>(
        _ text: String,
        field: String,
        _ problems: inout InputProblems,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        do throws(InvalidValue) {
            return try make(text)
        } catch {
            problems.add(field, error.description)
            return nil
        }
    }

    /// The word of a closed list that a text is; nil, and noted, if it is none.
    static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String,
        field: String,
        _ problems: inout InputProblems
    ) -> Word? where Word.RawValue == String {
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        problems.add(field, "'\(InvalidValue.shown(text))' is not one of \(known)")
        return nil
    }
}

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
