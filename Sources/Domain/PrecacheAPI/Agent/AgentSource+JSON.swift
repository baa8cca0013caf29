extension AgentSource {
    init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let url = reader.string("url", length: 1...2048, required: true, &problems)
        if let url, let fault = ImageURL.fault(in: url) { problems.add("\(path).url", fault) }
        let headers = Self.headers(reader.value("headers", &problems), path: "\(path).headers", &problems)
        reader.finish(&problems)
        guard let url else { return nil }
        self.init(url: url, headers: headers)
    }

    /// Names and values that can stand in a request; what is wrong is said without repeating a value.
    private static func headers(
        _ value: JSONValue?,
        path: String,
        _ problems: inout InputProblems
    ) -> [String: String] {
        guard let value, value != .null else { return [:] }
        guard case .object(let members) = value, members.count <= 16 else {
            problems.add(path, "must be an object of at most 16 members")
            return [:]
        }
        var headers: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value, text.utf8.count <= 8_192,
                text.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) })
            else {
                problems.add(
                    path,
                    "every value must be a string of at most 8192 bytes without control characters"
                )
                continue
            }
            guard isToken(member.name) else {
                problems.add(path, "every name must be a header field's: letters, digits and !#$%&'*+-.^_`|~")
                continue
            }
            headers[member.name] = text
        }
        return headers
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
