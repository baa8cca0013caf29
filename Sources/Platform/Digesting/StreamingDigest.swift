internal import COpenSSL
internal import Synchronization
internal import TextForms

/// A digest over bytes that arrive piece by piece, computed by libcrypto without copying them.
///
/// It may be handed from thread to thread. One lock guards it, taken once a call, so give it large pieces
/// (64 KiB and more); who orders the pieces is the caller's business.
package final class StreamingDigest: Sendable {
    private struct State: ~Copyable {
        var context: OpaquePointer?
        var byteCount: Int = 0

        deinit { EVP_MD_CTX_free(context) }
    }

    /// Which digest this is.
    package let algorithm: DigestAlgorithmName

    private let state: Mutex<State>

    /// Starts a digest over nothing yet.
    ///
    /// - Throws: ``DigestError`` with `unsupportedAlgorithm` where this OpenSSL refuses it,
    ///   `library` for want of memory.
    package init(_ algorithm: DigestAlgorithmName) throws(DigestError) {
        guard let context = EVP_MD_CTX_new() else {
            throw DigestError.fromLibrary(.library, "cannot start a \(algorithm.rawValue) digest")
        }
        guard EVP_DigestInit_ex(context, algorithm.method, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw DigestError.fromLibrary(
                .unsupportedAlgorithm,
                "this OpenSSL offers no \(algorithm.rawValue)"
            )
        }
        self.algorithm = algorithm
        self.state = Mutex(State(context: context))
    }

    /// How many bytes went in so far.
    package var byteCount: Int { state.withLock { $0.byteCount } }

    /// Adds bytes, read in place.
    ///
    /// - Throws: ``DigestError`` with `finished` after ``finish()``.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(DigestError) {
        guard !bytes.isEmpty else { return }
        // The address crosses as an integer: a lock's closure may not capture another region's pointer.
        let address = UInt(bitPattern: bytes.baseAddress)
        let count = bytes.count
        try state.withLock { state throws(DigestError) in
            guard let context = state.context else { throw Self.alreadyFinished }
            guard EVP_DigestUpdate(context, UnsafeRawPointer(bitPattern: address), count) == 1 else {
                throw DigestError.fromLibrary(.library, "digest update failed")
            }
            state.byteCount += count
        }
    }

    /// Adds bytes.
    ///
    /// - Throws: ``DigestError`` with `finished` after ``finish()``.
    package func update(_ bytes: [UInt8]) throws(DigestError) {
        var failure: DigestError?
        bytes.withUnsafeBytes { buffer in
            do throws(DigestError) { try update(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Ends the digest and gives its bytes, ``DigestAlgorithmName/byteCount`` of them.
    ///
    /// - Throws: ``DigestError`` with `finished` the second time.
    package func finish() throws(DigestError) -> [UInt8] {
        let length = algorithm.byteCount
        return try state.withLock { state throws(DigestError) in
            guard let context = state.context else { throw Self.alreadyFinished }
            state.context = nil
            defer { EVP_MD_CTX_free(context) }
            var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var written: UInt32 = 0
            guard EVP_DigestFinal_ex(context, &digest, &written) == 1, Int(written) == length else {
                throw DigestError.fromLibrary(.library, "digest end failed")
            }
            return [UInt8](digest.prefix(length))
        }
    }

    /// Ends the digest and gives it as lowercase hexadecimal digits.
    ///
    /// - Throws: ``DigestError`` with `finished` the second time.
    package func finishHex() throws(DigestError) -> String { Hexadecimal.encode(try finish()) }

    private static var alreadyFinished: DigestError {
        DigestError(.finished, "this digest is finished; start another")
    }
}
