/// The parts of a request target (RFC 9112 section 3.2).
enum RequestTarget {
    /// Path and query of a target in origin form, absolute form or `*`.
    static func split(_ target: String) -> (path: String, query: String?) {
        if isPlainPath(target) { return (target, nil) }
        var rest = target[...]
        if !target.utf8.starts(with: "/".utf8), let scheme = target.utf8.firstRange(of: "://") {
            let authority = target[scheme.upperBound...]
            // An absolute form without a path means the root (RFC 9110 section 4.2.3).
            guard let start = authority.utf8.firstIndex(where: { $0 == 0x2f || $0 == 0x3f }) else {
                return ("/", nil)
            }
            rest = authority[start...]
        }
        guard let mark = rest.utf8.firstIndex(of: 0x3f) else { return (String(rest), nil) }
        let path = String(rest[..<mark])
        return (path.isEmpty ? "/" : path, String(rest[rest.utf8.index(after: mark)...]))
    }

    /// Whether a target is a path and nothing else, as most are.
    private static func isPlainPath(_ target: String) -> Bool {
        var target = target
        return target.withUTF8 { bytes in
            bytes.first == UInt8(ascii: "/") && UnsafeRawBufferPointer(bytes).offset(of: 0x3f) == nil
        }
    }
}

extension String.UTF8View {
    /// The first place where `text` stands.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: text.utf8) {
                return start..<index(start, offsetBy: text.utf8.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
