import Glibc

/// Runs system calls: interrupted ones again, failed ones as a ``CacheError``.
enum SystemCall {
    /// The result of a call that answers -1 on failure.
    ///
    /// - Parameters:
    ///   - what: What was to be done, and to what, for the message.
    ///   - body: The call; run again when a signal interrupted it.
    /// - Returns: What the call answered.
    /// - Throws: ``CacheError`` with code `noSpace` for ENOSPC and EDQUOT, else `io`.
    @discardableResult
    static func run<Value: SignedInteger>(
        _ what: @autoclosure () -> String,
        _ body: () -> Value
    ) throws(CacheError) -> Value {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code == EINTR { continue }
            throw error(what(), code)
        }
    }

    /// The same for calls where a missing file is an answer: nil for ENOENT.
    static func unlessMissing<Value: SignedInteger>(
        _ what: @autoclosure () -> String,
        _ body: () -> Value
    ) throws(CacheError) -> Value? {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code == EINTR { continue }
            if code == ENOENT { return nil }
            throw error(what(), code)
        }
    }

    /// fchown(2) for what isn't as wanted: a file that is needs no privilege.
    static func setOwner(
        _ what: @autoclosure () -> String,
        _ descriptor: Int32,
        _ owner: FileOwner
    ) throws(CacheError) {
        var answer = stat()
        try run(what()) { fstat(descriptor, &answer) }
        let user = owner.user == answer.st_uid ? nil : owner.user
        let group = owner.group == answer.st_gid ? nil : owner.group
        guard user != nil || group != nil else { return }
        try run(what()) { fchown(descriptor, user ?? .max, group ?? .max) }
    }

    /// Names an errno.
    static func error(_ what: String, _ code: Int32) -> CacheError {
        let words = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        let isFull = code == ENOSPC || code == EDQUOT
        return CacheError(isFull ? .noSpace : .io, "\(what): \(words)")
    }
}
