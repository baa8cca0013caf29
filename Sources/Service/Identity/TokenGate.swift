import Digesting
package import HTTPDoor
package import PrecacheModel
import Synchronization

/// Knows callers by bearer tokens (RFC 6750 section 2.1).
///
/// Answers from memory, on any thread. A right token always comes in; wrong ones are counted by address, and past the
/// limit are told to wait. What is slowed down is thus noise and logs: guessing 256 random bits is hopeless at any speed.
package final class TokenGate: Gatekeeper {
    private let table = TokenTable()
    private let brake: AttemptBrake
    private let now: @Sendable () -> ContinuousClock.Instant
    private let refresh = Mutex<TokenRefresh?>(nil)

    /// A gate that knows no token yet.
    ///
    /// - Parameters:
    ///   - limits: How many wrong tokens an address may send.
    ///   - now: The clock; tests bring their own.
    package init(
        limits: AttemptLimits = AttemptLimits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        brake = AttemptBrake(limits)
        self.now = now
    }

    /// Takes the tokens that hold, in place of those before; revoked ones are left out.
    package func replace(with tokens: [TokenRecord]) { table.replace(with: tokens) }

    /// Who sends a request with these credentials from this address.
    ///
    /// A request without any is refused and not counted: it guesses nothing. A text with a token's shape that isn't
    /// known is `unfamiliar`, while its sender isn't slowed down: it may have been made a moment ago.
    package func admit(_ credentials: Credentials, peer: String) -> Admission {
        guard !credentials.isEmpty else { return .refused }
        let token = credentials.token
        if let token, let caller = table.caller(hash: BearerToken.hash(of: token)) {
            return .admitted(caller)
        }
        if let wait = brake.wait(for: peer, now: now()) { return .slowed(wait) }
        if let token, BearerToken.isShaped(token) { return .unfamiliar }
        return failure(from: peer)
    }

    /// Reads the tokens anew, then answers as ``admit(_:peer:)`` does, but never `unfamiliar`.
    package func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        await refresh.withLock { $0 }?.hurry()
        let admission = admit(credentials, peer: peer)
        return admission == .unfamiliar ? failure(from: peer) : admission
    }

    /// `Bearer` (RFC 6750 section 3).
    package var challenges: [String] { ["Bearer realm=\"precache\""] }

    /// Says what reads the tokens anew.
    func use(_ refresh: TokenRefresh) { self.refresh.withLock { $0 = refresh } }

    private func failure(from peer: String) -> Admission {
        brake.failure(from: peer, now: now()).map { .slowed($0) } ?? .refused
    }
}

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
            let entry = Entry(
                hash: token.hash,
                caller: Caller(name: token.name, role: token.role, host: token.host)
            )
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

/// Lets everybody do everything: `auth.mode = "none"`, for loopback alone.
package struct OpenGate: Gatekeeper {
    package init() {}

    /// Whoever it is.
    package func admit(_ credentials: Credentials, peer: String) -> Admission {
        .admitted(Caller(name: nil, role: nil))
    }

    /// Whoever it is.
    package func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        admit(credentials, peer: peer)
    }

    /// Nobody is turned away.
    package var challenges: [String] { [] }
}
