import CLinux
import Glibc

/// An open file that is closed with its last reference; every call may block, so it belongs on a lane.
final class OpenFile: Sendable {
    let descriptor: Int32
    private let name: String

    /// Takes over a descriptor.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit { close(descriptor) }

    func status() throws(CacheError) -> FileStatus {
        var answer = stat()
        try SystemCall.run("stat \(name)") { fstat(descriptor, &answer) }
        return FileStatus(answer)
    }

    /// Writes all of a block at an offset.
    func write(_ block: [UInt8], at offset: Int64) throws(CacheError) {
        var done = 0
        while done < block.count {
            done += try SystemCall.run("write \(name)") {
                block.withUnsafeBytes { bytes in
                    pwrite(
                        descriptor,
                        bytes.baseAddress.map { $0 + done },
                        bytes.count - done,
                        off_t(offset) + off_t(done)
                    )
                }
            }
        }
    }

    /// Reads up to `buffer.count` bytes at an offset; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(CacheError) -> Int {
        try SystemCall.run("read \(name)") {
            pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        }
    }

    func truncate(to length: Int64) throws(CacheError) {
        try SystemCall.run("truncate \(name)") { ftruncate(descriptor, off_t(length)) }
    }

    /// Sets room aside so that a full disk shows before the download, not in its middle.
    ///
    /// - Returns: Whether the room is the file's now; false for a file system that can't.
    /// - Throws: ``CacheError`` with `noSpace`, or `io`.
    func reserve(_ bytes: Int64, at offset: Int64) throws(CacheError) -> Bool {
        guard bytes > 0 else { return true }
        while clinux_reserve(descriptor, off_t(offset), off_t(bytes)) == -1 {
            let code = errno
            if code == EINTR { continue }
            guard code == ENOSPC || code == EDQUOT || code == EIO || code == EROFS else {
                return false
            }
            throw SystemCall.error("reserve \(bytes) bytes for \(name)", code)
        }
        return true
    }

    /// Begins writing a range to the disk, so that the last fsync has little left to do.
    func beginWriteback(at offset: Int64, length: Int) {
        clinux_begin_writeback(descriptor, off_t(offset), off_t(length))
    }

    /// Says that the pages of the file will be read in order, or are no longer needed.
    func advise(_ advice: Int32) { _ = posix_fadvise(descriptor, 0, 0, advice) }

    /// Says that a range needn't stay in memory.
    func forget(at offset: Int64, length: Int) {
        _ = posix_fadvise(descriptor, off_t(offset), off_t(length), POSIX_FADV_DONTNEED)
    }

    /// A path by which a child process opens this very file, whatever its names are; gone with this process.
    var pathForOthers: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Whether it can be written past the page cache, which tmpfs for one can't.
    var takesDirectWrites: Bool { clinux_takes_direct_writes(descriptor) == 1 }

    /// The same file, opened once more for reading and writing.
    func reopened() throws(CacheError) -> OpenFile {
        let path = pathForOthers
        let other = try SystemCall.run("open \(name)") { open(path, O_RDWR | O_CLOEXEC) }
        return OpenFile(descriptor: other, name: name)
    }

    /// Takes an exclusive lock on the file without waiting; ``unlock()`` or its closing gives it back.
    ///
    /// - Returns: Whether nobody else has it.
    func tryLock() throws(CacheError) -> Bool { try took { clinux_try_lock(descriptor) } }

    /// The same for whoever writes it: programs that lock images for themselves, as qemu-img does, don't meet this one.
    func tryWriterLock() throws(CacheError) -> Bool { try took { clinux_try_lock_beyond(descriptor) } }

    func unlock() { clinux_unlock(descriptor) }

    private func took(_ call: () -> Int32) throws(CacheError) -> Bool {
        while call() == -1 {
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN || code == EACCES { return false }
            throw SystemCall.error("lock \(name)", code)
        }
        return true
    }

    func setMode(_ mode: UInt32) throws(CacheError) {
        try SystemCall.run("chmod \(name)") { fchmod(descriptor, mode) }
    }

    /// Gives the file to somebody, as far as it isn't theirs.
    func setOwner(_ owner: FileOwner) throws(CacheError) {
        try SystemCall.setOwner("chown \(name)", descriptor, owner)
    }

    func sync() throws(CacheError) {
        try SystemCall.run("fsync \(name)") { fsync(descriptor) }
    }
}
