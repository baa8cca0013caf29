import Glibc

/// The numbers of users and groups that settings name.
///
/// Looking names up may read files or ask a directory server, so it blocks: for the start only.
enum AccountNames {
    /// A user's number, by name (`getpwnam_r`) or as digits; nil for nil.
    static func user(_ name: String?) throws(AgentStartError) -> UInt32? {
        try number(name, key: "cache.owner", kind: "user") { name, buffer, size, found in
            var entry = passwd()
            var result: UnsafeMutablePointer<passwd>?
            let code = getpwnam_r(name, &entry, buffer, size, &result)
            found = result == nil ? nil : entry.pw_uid
            return code
        }
    }

    /// A group's number, by name (`getgrnam_r`) or as digits; nil for nil.
    static func group(_ name: String?) throws(AgentStartError) -> UInt32? {
        try number(name, key: "cache.group", kind: "group") { name, buffer, size, found in
            var entry = Glibc.group()
            var result: UnsafeMutablePointer<Glibc.group>?
            let code = getgrnam_r(name, &entry, buffer, size, &result)
            found = result == nil ? nil : entry.gr_gid
            return code
        }
    }

    private static func number(
        _ name: String?,
        key: String,
        kind: String,
        _ look: (String, UnsafeMutablePointer<CChar>, Int, inout UInt32?) -> Int32
    ) throws(AgentStartError) -> UInt32? {
        guard let name else { return nil }
        // The highest number stands for "leave it" in chown(2).
        if let number = UInt32(name), number != .max { return number }
        var size = 1_024
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            var found: UInt32?
            let code = look(name, buffer, size, &found)
            if let found { return found }
            if code == EINTR { continue }
            // The buffer was too small for the entry: a group may have thousands of members.
            if code == ERANGE, size < 16 << 20 {
                size *= 4
                continue
            }
            // POSIX lets a missing name be 0 or one of several codes.
            let isMissing = [0, ENOENT, ESRCH, EBADF, EPERM].contains(code)
            let why = isMissing ? "there is no such \(kind) on this host" : String(cString: strerror(code))
            throw AgentStartError("\(key) '\(name)': \(why)")
        }
    }
}
