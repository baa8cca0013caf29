import Digesting
import PrecacheModel
import Synchronization

/// The tokens that hold, by their hashes, in memory.
final class TokenTable: Sendable {
    private struct Entry {
        let hash: [UInt8]
        let caller: Caller
    }

    /// By the first eight bytes of the hash; entries that share them stand in one list.
    private let entries = Mutex<[UInt64: [Entry]]>([:])

    /// Takes the tokens in place of those before.
    func replace(with tokens: [TokenRecord]) {
        var fresh: [UInt64: [Entry]] = [:]
        for token in tokens where token.revokedAt == nil && token.hash.count == 32 {
            let entry = Entry(hash: token.hash, caller: Caller(name: token.name, role: token.role))
            fresh[Self.key(token.hash), default: []].append(entry)
        }
        entries.withLock { $0 = fresh }
    }

    /// Who has the token with this hash.
    ///
    /// The table is searched by the hash, of which a caller can choose nothing but by 2⁶⁴ tries; what is found is
    /// compared in constant time.
    func caller(hash: [UInt8]) -> Caller? {
        let candidates = entries.withLock { $0[Self.key(hash)] } ?? []
        return candidates.first { constantTimeEqual($0.hash, hash) }?.caller
    }

    private static func key(_ hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
