import Glibc

/// The process's environment.
enum Environment {
    /// Every variable; the first of those that share a name counts, as with getenv(3).
    static var all: [String: String] {
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                let name = String(pair[..<equals])
                if all[name] == nil { all[name] = String(pair[pair.index(after: equals)...]) }
            }
            entry += 1
        }
        return all
    }
}
