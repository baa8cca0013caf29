import Digesting
import FoundationEssentials
import Glibc
import PrecacheClient
import Reactor
import TextForms

/// Files of this machine that commands read.
enum LocalFile {
    /// The largest text file that is read.
    static let largestText = 256 << 20

    /// A text file's content; `-` is standard input.
    static func text(_ path: String) throws -> String {
        let descriptor = path == "-" ? STDIN_FILENO : try openForReading(path)
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        try read(descriptor, path) { piece throws(ClientError) in
            guard bytes.count + piece.count <= largestText else {
                throw failure("'\(path)' is larger than \(Quantity.bytes(Int64(largestText)))")
            }
            bytes += piece
        }
        do throws(FileText.Fault) {
            return try FileText.text(of: bytes)
        } catch {
            throw failure("'\(path)' \(error.words)")
        }
    }

    /// A file's size and SHA-256, read on a thread of its own.
    static func measure(_ path: String) async throws -> (size: Int64, sha256: String) {
        let lane = try BlockingLane(name: "digest")
        defer { lane.stop() }
        return try await lane.run {
            let descriptor = try openForReading(path)
            defer { close(descriptor) }
            let digest = try StreamingDigest(.sha256)
            var size: Int64 = 0
            try read(descriptor, path) { piece in
                try digest.update(piece)
                size += Int64(piece.count)
            }
            return (size, try digest.finishHex())
        }
    }

    /// Writes a file that nobody else can read, whole or not at all; makes its folder and the one around that.
    ///
    /// A link stays one: what it leads to is written.
    static func replace(_ link: String, with text: String) throws(ClientError) {
        let path = try target(of: link)
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        for folder in [String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]), folder]
        where !folder.isEmpty {
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw failure("can't make '\(folder)': \(words(errno))")
            }
        }
        let fresh = "\(path).\(getpid())"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("can't write '\(fresh)': \(words(errno))") }
        do throws(OutputClosed) {
            try DescriptorSink(descriptor).write(text)
        } catch {
            close(descriptor)
            unlink(fresh)
            throw failure("can't write '\(fresh)': \(error.reason ?? "nobody reads it")")
        }
        var code = fsync(descriptor) == 0 ? 0 : errno
        if close(descriptor) != 0, code == 0 { code = errno }
        if code == 0, rename(fresh, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(fresh)
            throw failure("can't write '\(path)': \(words(code))")
        }
    }

    /// Whether there is such a file.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether others than its owner may read it; false where there is none.
    static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o044 != 0
    }

    /// The path from the root.
    static func whole(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }

    /// The path at the end of the links that begin at one, whether anything is there or not.
    private static func target(of path: String) throws(ClientError) -> String {
        var target = whole(path)
        // As many as Linux follows.
        for _ in 0...40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else {
                return target
            }
            target =
                next.hasPrefix("/")
                ? next : target[...(target.lastIndex(of: "/") ?? target.startIndex)] + next
        }
        throw failure("can't write '\(path)': \(words(ELOOP))")
    }

    private static func openForReading(_ path: String) throws(ClientError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            let code = errno
            if descriptor >= 0 { return descriptor }
            guard code == EINTR else { throw failure("can't open '\(path)': \(words(code))") }
        }
    }

    private static func read(
        _ descriptor: Int32,
        _ path: String,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            let code = errno
            if count == 0 { return }
            if count > 0 {
                try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if code != EINTR {
                throw failure("can't read '\(path)': \(words(code))")
            }
        }
    }

    private static func failure(_ message: String) -> ClientError { ClientError(.refused, message) }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
