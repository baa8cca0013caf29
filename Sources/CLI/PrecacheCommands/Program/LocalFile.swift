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
