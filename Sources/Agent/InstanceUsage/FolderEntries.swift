import Glibc

/// Going through a directory.
enum FolderEntries {
    /// What an entry is, as far as the directory itself says.
    enum Kind {
        case folder, file, link, other, unsaid

        fileprivate init(_ type: UInt8) {
            switch Int(type) {
            case Int(DT_DIR): self = .folder
            case Int(DT_REG): self = .file
            case Int(DT_LNK): self = .link
            case Int(DT_UNKNOWN): self = .unsaid
            default: self = .other
            }
        }
    }

    /// Calls `body` for each entry but `.` and `..`; the name is as the file system has it, whatever its bytes.
    ///
    /// - Parameters:
    ///   - descriptor: An open directory, which is closed in the end.
    ///   - body: Takes name and kind.
    /// - Returns: The errno of what failed, or 0.
    static func each(_ descriptor: Int32, _ body: (UnsafePointer<CChar>, Kind) -> Void) -> Int32 {
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            return code
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else { return errno }
            let kind = Kind(entry.pointee.d_type)
            // The name lies in the directory's buffer until the next entry is read.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return EINVAL }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let isSelf = name[0] == 0x2E && (name[1] == 0 || (name[1] == 0x2E && name[2] == 0))
            if !isSelf { body(name, kind) }
        }
    }
}

/// A folder's state: the same again means that no file was added to it, removed or renamed.
struct FolderStamp: Hashable, Sendable {
    var modified: Int64
    var changed: Int64
    var hasFolders: Bool

    /// The state that a folder has before it is read; nil if it changed within `settling` nanoseconds, so that a change
    /// after reading could leave the same times.
    init?(_ status: stat, settling: Int64) {
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        hasFolders = false
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        guard Self.nanoseconds(now) &- max(modified, changed) > settling else { return nil }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// A system call's answer, the call made again when a signal interrupted it: on NFS, where instances often live, even an
/// open or a stat may be.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let answer = call()
        if answer != -1 || errno != EINTR { return answer }
    }
}
