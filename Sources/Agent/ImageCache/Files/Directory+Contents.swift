import Glibc

extension Directory {
    /// The names in the directory, without `.` and `..`, in no order.
    func names() throws(CacheError) -> [String] {
        var names: [String] = []
        try forEachName { names.append($0) }
        return names
    }

    /// Calls `body` for each name in the directory but `.` and `..`, in no order.
    func forEachName(_ body: (String) throws(CacheError) -> Void) throws(CacheError) {
        // A descriptor of its own: readdir's position belongs to the open directory.
        let own = try SystemCall.run("list \(path)") { openHere() }
        guard let stream = fdopendir(own) else {
            let code = errno
            close(own)
            throw SystemCall.error("list \(path)", code)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { try body(name) }
        }
        // Half a list looks like files that are gone.
        let code = errno
        guard code == 0 else { throw SystemCall.error("list \(path)", code) }
    }

    /// The content of a small file, or nil if it isn't there, isn't a file, or has more bytes than `most`: 64 KiB unless
    /// said otherwise.
    func readSmall(_ name: String, upTo most: Int = 64 << 10) throws(CacheError) -> [UInt8]? {
        // Asked before it's opened for its own sake; a link put there since is refused by the opening.
        guard let status = try status(of: name), status.isRegular, status.attributes.sizeBytes <= most,
            let file = try openForReading(name)
        else { return nil }
        let limit = max(64 << 10, Int(status.attributes.sizeBytes))
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled <= limit {
            var failure: CacheError?
            let count = bytes.withUnsafeMutableBytes { all -> Int in
                do throws(CacheError) {
                    return try file.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: all[filled...]),
                        at: Int64(filled)
                    )
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            if count == 0 { return Array(bytes[..<filled]) }
            filled += count
        }
        return nil
    }

    /// Writes a small file so that a crash leaves either the old content or all of the new: a temporary file, fsync,
    /// rename.
    func writeSmall(_ name: String, _ bytes: [UInt8]) throws(CacheError) {
        let temporary = ".\(name).tmp"
        // Made anew: what has the name, from a crash or planted there, may be a second name of another file.
        try remove(temporary)
        let file = try openForWriting(temporary, flags: O_EXCL)
        do {
            try file.write(bytes, at: 0)
            try file.sync()
            try move(temporary, to: name, in: self)
        } catch {
            _ = try? remove(temporary)
            throw error
        }
        try sync()
    }
}
