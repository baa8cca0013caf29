import PrecacheModel
import ServiceAPI
import Synchronization

/// Knows a token for each role: `Bearer reader` and so on; `Bearer fresh` at the second look, `Bearer flood` never.
///
/// `Bearer agent@h1` speaks for h1 alone; `Bearer keystone:u1` is alice's, an operator, whose id is u1. Any can be revoked.
final class FakeGate: Gatekeeper {
    private let revoked = Mutex<Set<String>>([])
    private let lastLook = Mutex<Set<String>>([])

    func revoke(_ word: String) { revoked.withLock { _ = $0.insert(word) } }

    /// Lets a token in once more, as if it were revoked then.
    func revokeAfterNext(_ word: String) { lastLook.withLock { _ = $0.insert(word) } }

    func admit(_ credentials: Credentials, peer: String) -> Admission {
        guard let word = credentials.token else { return .refused }
        if revoked.withLock({ $0.contains(word) }) { return .refused }
        if lastLook.withLock({ $0.remove(word) }) != nil { revoke(word) }
        if word.hasPrefix("agent@"), let host = try? HostName(String(word.dropFirst(6))) {
            return .admitted(Caller(name: "test-\(host)", role: .agent, host: host))
        }
        if word.hasPrefix("keystone:") {
            let identity = KeystoneIdentity(
                userID: String(word.dropFirst(9)),
                userName: "alice",
                projectID: "p",
                projectName: "p",
                roles: ["member"]
            )
            return .admitted(Caller(name: "alice", role: .operator, keystone: identity))
        }
        if word == "fresh" { return .unfamiliar }
        if word == "flood" { return .slowed(.milliseconds(1500)) }
        if word == "nobody-knows" { return .unavailable(.seconds(5)) }
        return Role(rawValue: word).map { .admitted(Caller(name: "test-\(word)", role: $0)) } ?? .refused
    }

    func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        .admitted(Caller(name: "fresh", role: .admin))
    }

    let challenges = ["Bearer realm=\"precache\"", "Keystone uri=\"http://keystone.example\""]
}

/// Ready unless a test says what is in the way.
struct FakeReadiness: ReadinessProbe {
    var trouble: String?
    func obstacle() -> String? { trouble }
}
