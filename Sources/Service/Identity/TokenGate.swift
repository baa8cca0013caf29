public import PrecacheModel
import Synchronization

/// Knows callers by bearer tokens (RFC 6750 section 2.1).
///
/// Answers from memory, on any thread. A right token always comes in; wrong ones are counted by address, and past the
/// limit are told to wait. What is slowed down is thus noise and logs: guessing 256 random bits is hopeless at any speed.
public final class TokenGate: Sendable {
    private let table = TokenTable()
    private let limiter: Mutex<AttemptLimiter>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let refresh = Mutex<TokenRefresh?>(nil)

    /// A gate that knows no token yet.
    ///
    /// - Parameters:
    ///   - limits: How many wrong tokens an address may send.
    ///   - now: The clock; tests bring their own.
    public init(
        limits: AttemptLimits = AttemptLimits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        limiter = Mutex(AttemptLimiter(limits: limits))
        self.now = now
    }

    /// Takes the tokens that hold, in place of those before; revoked ones are left out.
    public func replace(with tokens: [TokenRecord]) { table.replace(with: tokens) }

    /// Who sends a request with this `Authorization` field from this address.
    ///
    /// A request without the field is refused and not counted: it guesses nothing. A text with a token's shape that isn't
    /// known is `unfamiliar`, while its sender isn't slowed down: it may have been made a moment ago.
    public func admit(authorization: String?, peer: String) -> Admission {
        guard let authorization else { return .refused }
        let token = Self.token(in: authorization)
        if let token, let caller = table.caller(hash: BearerToken.hash(of: token)) {
            return .admitted(caller)
        }
        let instant = now()
        if let wait = limiter.withLock({ $0.wait(for: peer, now: instant) }) { return .slowed(wait) }
        if let token, BearerToken.isShaped(token) { return .unfamiliar }
        return failure(from: peer)
    }

    /// Reads the tokens anew, then answers as ``admit(authorization:peer:)`` does, but never `unfamiliar`.
    public func admitAnew(authorization: String?, peer: String) async -> Admission {
        await refresh.withLock { $0 }?.hurry()
        let admission = admit(authorization: authorization, peer: peer)
        return admission == .unfamiliar ? failure(from: peer) : admission
    }

    /// Says what reads the tokens anew.
    func use(_ refresh: TokenRefresh) { self.refresh.withLock { $0 = refresh } }

    private func failure(from peer: String) -> Admission {
        let instant = now()
        guard let wait = limiter.withLock({ $0.failure(from: peer, now: instant) }) else { return .refused }
        return .slowed(wait)
    }

    /// The token of `Bearer TOKEN`, the scheme in any case; nil for anything else or longer than any token of ours.
    private static func token(in field: String) -> String? {
        let utf8 = field.utf8
        guard utf8.count <= 512, let space = utf8.firstIndex(of: UInt8(ascii: " ")),
            field[..<space].lowercased() == "bearer"
        else { return nil }
        let token = field[space...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
