import Glibc

/// Words for people beside the results.
enum StandardError {
    static func say(_ line: String) {
        let bytes = Array("precache-bench: \(line)\n".utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
