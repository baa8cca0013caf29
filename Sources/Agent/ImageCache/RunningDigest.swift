import Digesting
import PrecacheModel

/// A digest under way, in the words of the model.
final class RunningDigest: Sendable {
    private let algorithm: DigestAlgorithm
    private let digest: StreamingDigest

    init(_ algorithm: DigestAlgorithm) throws(CacheError) {
        self.algorithm = algorithm
        let name: DigestAlgorithmName =
            switch algorithm {
            case .md5: .md5
            case .sha256: .sha256
            case .sha512: .sha512
            }
        do {
            digest = try StreamingDigest(name)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func update(_ bytes: UnsafeRawBufferPointer) throws(CacheError) {
        do {
            try digest.update(bytes)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func update(_ block: [UInt8]) throws(CacheError) {
        do {
            try digest.update(block)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func finish() throws(CacheError) -> Digest {
        do {
            return try Digest(algorithm, hex: try digest.finishHex())
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }
}
