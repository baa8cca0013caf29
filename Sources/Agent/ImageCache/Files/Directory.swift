import CLinux
import Glibc

/// An open directory; everything in it is reached through its descriptor, so that renaming or replacing a directory on
/// the way to it can't lead elsewhere.
///
/// Every call may block.
final class Directory: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens an existing directory; a symbolic link is followed only here.
    init(path: String) throws(CacheError) {
        self.path = path
        descriptor = try SystemCall.run("open directory \(path)") {
            open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
    }

    /// Opens a directory in another one, made with mode 0700 or the one given if it isn't there.
    init(_ name: String, in parent: Directory, mode: UInt32 = 0o700) throws(CacheError) {
        path = "\(parent.path)/\(name)"
        let path = path
        while mkdirat(parent.descriptor, name, mode) == -1 {
            let code = errno
            if code == EINTR { continue }
            if code == EEXIST { break }
            throw SystemCall.error("make directory \(path)", code)
        }
        descriptor = try SystemCall.run("open directory \(path)") {
            openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
    }

    deinit { close(descriptor) }

    /// Opens a file for reading, or nil if it isn't there; never through a symbolic link.
    func openForReading(_ name: String) throws(CacheError) -> OpenFile? {
        let file = try SystemCall.unlessMissing("open \(path)/\(name)") {
            openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        }
        return file.map { OpenFile(descriptor: $0, name: "\(path)/\(name)") }
    }

    /// Opens a file for reading past the page cache, so that the disk is read and guests keep their pages; as
    /// ``openForReading(_:)`` does where the file system can't.
    func openDirect(_ name: String) throws(CacheError) -> OpenFile? {
        let descriptor = clinux_open_direct(descriptor, name)
        guard descriptor >= 0 else { return try openForReading(name) }
        return OpenFile(descriptor: descriptor, name: "\(path)/\(name)")
    }

    /// Opens a file for reading and writing, made with mode 0600 or the one given if it isn't there; never through a
    /// symbolic link.
    func openForWriting(
        _ name: String,
        flags: Int32 = 0,
        mode: UInt32 = 0o600
    ) throws(CacheError) -> OpenFile {
        let file = try SystemCall.run("open \(path)/\(name)") {
            openat(descriptor, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, mode)
        }
        return OpenFile(descriptor: file, name: "\(path)/\(name)")
    }

    /// Opens the directory itself anew; the answer is open(2)'s.
    func openHere() -> Int32 { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }

    /// Opens a file for reading and writing, or nil if it isn't there; never through a symbolic link.
    func openExisting(_ name: String) throws(CacheError) -> OpenFile? {
        let file = try SystemCall.unlessMissing("open \(path)/\(name)") {
            openat(descriptor, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        }
        return file.map { OpenFile(descriptor: $0, name: "\(path)/\(name)") }
    }

    /// Gives a file a second name in the directory, unless that is taken.
    func link(_ name: String, to newName: String) throws(CacheError) {
        while linkat(descriptor, name, descriptor, newName, 0) == -1 {
            let code = errno
            if code == EINTR { continue }
            guard code != EEXIST else { return }
            throw SystemCall.error("link \(path)/\(newName)", code)
        }
    }

    /// Gives the directory to somebody, as far as it isn't theirs.
    func setOwner(_ owner: FileOwner) throws(CacheError) {
        try SystemCall.setOwner("chown \(path)", descriptor, owner)
    }

    /// What a name stands for, not followed if it is a symbolic link; nil if there is none.
    func status(of name: String) throws(CacheError) -> FileStatus? {
        var answer = stat()
        let found = try SystemCall.unlessMissing("stat \(path)/\(name)") {
            fstatat(descriptor, name, &answer, AT_SYMLINK_NOFOLLOW)
        }
        return found == nil ? nil : FileStatus(answer)
    }

    /// Whether the path still leads to this directory, which may have been removed or replaced while it is open.
    func isInPlace() throws(CacheError) -> Bool {
        var (named, held) = (stat(), stat())
        let found = try SystemCall.unlessMissing("stat \(path)") { fstatat(AT_FDCWD, path, &named, 0) }
        try SystemCall.run("stat \(path)") { fstat(descriptor, &held) }
        return found != nil && named.st_dev == held.st_dev && named.st_ino == held.st_ino
    }

    /// Makes sure that files can be given names in it; tries none.
    func checkTakesNames() throws(CacheError) {
        try SystemCall.run("write in \(path)") { faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) }
    }

    /// Removes what has a name, whatever it is, but for a directory: none of those is ours.
    func clear(_ name: String) throws(CacheError) {
        if let status = try status(of: name), !status.isDirectory { try remove(name) }
    }

    /// Removes a file; says whether there was one.
    @discardableResult
    func remove(_ name: String) throws(CacheError) -> Bool {
        try SystemCall.unlessMissing("remove \(path)/\(name)") { unlinkat(descriptor, name, 0) } != nil
    }

    /// Moves a file to a name in another directory of the same file system, replacing what has that name.
    func move(_ name: String, to newName: String, in other: Directory) throws(CacheError) {
        try SystemCall.run("rename \(path)/\(name) to \(other.path)/\(newName)") {
            renameat(descriptor, name, other.descriptor, newName)
        }
    }

    /// Makes the file's age start anew: now, or at a time in nanoseconds since 1970.
    ///
    /// Without the right to do so (the file is Nova's, and we aren't root) it is left as it is; one that went meanwhile is
    /// no error.
    func renewAge(of name: String, to time: Int64? = nil) throws(CacheError) {
        let now =
            time.map { timespec(tv_sec: Int($0 / 1_000_000_000), tv_nsec: Int($0 % 1_000_000_000)) }
            ?? timespec(tv_sec: 0, tv_nsec: utimeNow)
        let times = [now, now]
        while utimensat(descriptor, name, times, AT_SYMLINK_NOFOLLOW) == -1 {
            let code = errno
            if code == EINTR { continue }
            guard code != EPERM && code != EACCES && code != ENOENT else { return }
            throw SystemCall.error("set the times of \(path)/\(name)", code)
        }
    }

    func sync() throws(CacheError) {
        try SystemCall.run("fsync \(path)") { fsync(descriptor) }
    }

    /// The file system's room.
    func space() throws(CacheError) -> DiskSpace {
        var answer = statvfs()
        try SystemCall.run("statvfs \(path)") { fstatvfs(descriptor, &answer) }
        let unit = Int64(clamping: answer.f_frsize)
        return DiskSpace(
            totalBytes: unit &* Int64(clamping: answer.f_blocks),
            freeBytes: unit &* Int64(clamping: answer.f_bavail)
        )
    }

    /// utimensat(2): `UTIME_NOW`, a macro that Swift doesn't see.
    private var utimeNow: Int { (1 << 30) - 1 }
}
